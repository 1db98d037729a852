/*
description: >
  Health of every account on every day on which it is a customer or tries to become one, as published: the
  score by the model in use on that day's computation, and what it is made of.
owner: customer success
grain: one row per account and date
key: [account_id, date]
columns:
  account_id: {type: uuid, description: Pseudonym of the account.}
  date: {type: date, description: Business day.}
  health_model: {type: text, description: Model in use.}
  health_score: {type: numeric, nullable: true, minimum: 0, description: From 0 to 100; null where nothing can be measured.}
  health_band: {type: text, nullable: true, values: [excellent, good, fair, poor, critical], description: '[90, 100] excellent, [70, 90) good, [50, 70) fair, [30, 50) poor, [0, 30) critical.'}
  health_score_components: {type: jsonb, nullable: true, description: 'Component → {value, weight, inputs}; value null: no data, left out of the score.'}
*/
select
    h.account_id,
    h.date,
    h.health_model,
    h.health_score,
    case
        when h.health_score >= 90 then 'excellent'
        when h.health_score >= 70 then 'good'
        when h.health_score >= 50 then 'fair'
        when h.health_score >= 30 then 'poor'
        when h.health_score >= 0 then 'critical'
    end as health_band,
    h.health_score_components
from account_health as h
