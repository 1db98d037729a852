/*
description: >
  The changes of state of accounts as steps along legal edges, each with its time: that of the day's fact that
  last made its target true, midnight where none did, and never before the step before it.
*/
with days as (
    select
        d.account_id,
        d.date,
        d.state,
        d.state_reason,
        d.frozen_type,
        d.risk_signals,
        d.total_seats,
        d.mrr,
        coalesce(lag(d.state) over account, o.state, '(start)') as state_before,
        coalesce(lag(d.is_subscribed) over account, o.state is not null and o.state_reason is null and o.state not in ('trial', 'deleted'))
            as was_subscribed,
        coalesce(lag(d.mrr) over account, o.mrr, 0) as mrr_before,
        -- on a day without seats they are null, which must not reach back to the opening
        coalesce(lag(coalesce(d.total_seats, 0)) over account, o.total_seats, 0) as seats_before
    from run.account_days as d
    left join run.account_openings as o on o.account_id = d.account_id
    window account as (partition by d.account_id order by d.date)
),

steps as (
    select
        d.*,
        p.seq,
        p.step_from,
        p.step_to,
        lead(p.seq) over (partition by d.account_id, d.date order by p.seq) is null as is_last
    from days as d
    left join ref.transition_paths as p
        on p.scope_kind = 'account' and p.from_state = d.state_before and p.to_state = d.state
    where d.state_before <> d.state
),

causes (to_state, kind) as (
    values
    ('trial', 'created'),
    ('new_paid', 'started'), ('new_paid', 'continued'),
    ('reactivated', 'started'), ('reactivated', 'continued'),
    ('frozen', 'payment_problem'), ('frozen', 'paused'), ('frozen', 'started'), ('frozen', 'continued'),
    ('at_risk', 'ended'),
    ('deleted', 'deleted')
    union all
    select states.state, kinds.kind
    from (values ('active'), ('expanding'), ('contracting'), ('at_risk')) as states (state)
    cross join (
        values ('started'), ('continued'), ('changed'), ('renewed'), ('payment_settled'), ('resumed')
    ) as kinds (kind)
),

caused as (
    select distinct on (s.account_id, s.date, s.seq) s.*, f.acts_at, f.event_id
    from steps as s
    left join causes as c on c.to_state = s.step_to
    left join account_facts as f on f.account_id = s.account_id and f.acts_on = s.date and f.kind = c.kind
    order by s.account_id, s.date, s.seq, f.acts_at desc nulls last, f.position desc
),

timed as (
    select
        c.*,
        max(coalesce(c.acts_at, c.date::timestamp at time zone l.business_time_zone)) over (
            partition by c.account_id, c.date order by c.seq
        ) as transition_timestamp,
        lag(c.date) over (partition by c.account_id order by c.date, c.seq) as previous_on
    from caused as c
    cross join ref.lifecycle as l
),

known as (
    select distinct on (t.account_id) t.account_id, t.transition_on
    from account_state_transitions as t
    inner join run.account_ranges as r on r.account_id = t.account_id and t.transition_on < r.from_on
    where t.account_id in (select account_id from steps)
    order by t.account_id, t.transition_on desc
)

select
    (
        lpad(to_hex(t.date - date '1970-01-01'), 8, '0')
        || substr(md5(concat_ws('|', t.account_id, 'account', t.date, t.seq)), 9)
    )::uuid as transition_id,
    t.account_id,
    t.event_id as triggering_event_id,
    t.transition_timestamp,
    t.date as transition_on,
    t.seq,
    case when t.step_from <> '(start)' then t.date - coalesce(t.previous_on, known.transition_on) end
        as days_in_previous_state,
    case when t.is_last then coalesce(t.total_seats, 0) - t.seats_before else 0 end as seat_change,
    nullif(t.step_from, '(start)') as from_state,
    t.step_to as to_state,
    case t.step_to
        when 'trial' then 'creation'
        when 'new_paid' then case when t.step_from = 'trial' then 'conversion' else 'subscription' end
        when 'reactivated' then 'return'
        when 'frozen' then case when t.frozen_type = 'payment_dunning' then 'payment_problem' else 'pause' end
        when 'deleted' then 'deletion'
        when 'expanding' then 'growth'
        when 'contracting' then 'decline'
        when 'at_risk' then coalesce(t.state_reason, array_to_string(t.risk_signals, ', '))
        when 'churned' then coalesce(t.state_reason, 'subscription_ended')
        else case
            when t.step_from = 'frozen' then 'thawed'
            when t.step_from = 'at_risk' and not t.was_subscribed then 'return'
            when t.step_from = 'at_risk' then 'recovery'
            else 'settled'
        end
    end as transition_reason,
    case when t.is_last then t.mrr - t.mrr_before else 0 end as mrr_change
from timed as t
left join known on known.account_id = t.account_id
