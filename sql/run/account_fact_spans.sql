/*
description: >
  The contracts of the accounts that changed, as stretches of days. Every source says on which day it sets
  which attribute; laid over each other in the order of days, they give what holds from each such day on.
*/
with lives as (
    select f.account_id, f.acts_on as created_on, f.acts_at as created_at
    from run.account_facts as f
    where f.kind = 'created'
),

-- A trial that starts after the trial before it was over is ignored, and so is whatever follows.
trial_facts as (
    select f.account_id, f.position, f.acts_on, ends.ends_on, lag(ends.ends_on) over account as ends_before
    from run.account_facts as f
    cross join ref.account_settings as s
    cross join lateral (
        select
            case
                when f.kind = 'created' then f.acts_on + s.trial_days
                when pg_input_is_valid(f.terms ->> 'trial_ends_on', 'date') then (f.terms ->> 'trial_ends_on')::date
            end as ends_on
    ) as ends
    where f.kind in ('created', 'trial') and ends.ends_on is not null
    window account as (partition by f.account_id order by f.position)
),

trials as (
    select t.*, coalesce(bool_or(acts_on > ends_before) over (partition by account_id order by position), false) as is_late
    from trial_facts as t
),

pause_facts as (
    select distinct on (account_id, acts_on)
        account_id,
        acts_on,
        kind = 'paused' as is_pause,
        case when terms ->> 'pause_type' = 'seasonal' then 'seasonal_inactive' else 'voluntary_pause' end as pause_type,
        case when pg_input_is_valid(terms ->> 'resume_on', 'date') then (terms ->> 'resume_on')::date end as resume_on
    from run.account_facts
    where kind in ('paused', 'resumed')
    order by account_id, acts_on, position desc
),

pauses as (
    select
        account_id,
        acts_on,
        case when is_pause and coalesce(resume_on, 'infinity') > acts_on then pause_type end as pause_type,
        case
            when is_pause and resume_on > acts_on
                and resume_on < coalesce(lead(acts_on) over (partition by account_id order by acts_on), 'infinity')
                then resume_on
        end as resume_on
    from pause_facts
),

admins as (
    select
        a.account_id,
        greatest((a.valid_from at time zone l.business_time_zone)::date, life.created_on) as from_on,
        a.updated_at,
        a.primary_admin_user_id
    from bronze.accounts as a
    inner join lives as life on life.account_id = a.account_id
    cross join ref.lifecycle as l
    where a.valid_from = '-infinity' or (a.valid_from at time zone l.business_time_zone)::date <= :as_of
),

tickets as (
    select
        t.account_id,
        t.priority = 'urgent' and t.status = 'open' as is_urgent,
        (t.opened_at at time zone l.business_time_zone)::date as opened_on,
        (t.updated_at at time zone l.business_time_zone)::date as from_on,
        lead((t.updated_at at time zone l.business_time_zone)::date - 1, 1, 'infinity') over (
            partition by t.ticket_id order by t.updated_at
        ) as to_on
    from bronze.tickets() as t
    inner join lives as life on life.account_id = t.account_id
    cross join ref.lifecycle as l
    where (t.updated_at at time zone l.business_time_zone)::date <= :as_of
),

urgent_cuts as (
    select account_id, from_on as cut_on from tickets where is_urgent
    union
    select account_id, to_on + 1 from tickets where is_urgent and to_on < 'infinity'
),

answers as (
    select
        a.account_id,
        a.survey,
        a.score,
        (a.answered_at at time zone l.business_time_zone)::date as from_on,
        (a.answered_at at time zone l.business_time_zone)::date + s.survey_days - 1 as to_on
    from bronze.survey_answers() as a
    inner join lives as life on life.account_id = a.account_id
    cross join ref.lifecycle as l
    cross join ref.account_settings as s
    where a.survey in ('nps', 'csat') and (a.answered_at at time zone l.business_time_zone)::date <= :as_of
),

answer_cuts as (
    select account_id, survey, from_on as cut_on from answers
    union
    select account_id, survey, to_on + 1 from answers
),

patches as (
    select account_id, created_on as day, 0 as ordinal, jsonb_build_object('created_at', created_at) as patch
    from lives
    union all
    select account_id, acts_on, position, jsonb_build_object('trial_ends_on', ends_on)
    from trials
    where not is_late
    union all
    select account_id, acts_on, 0, '{"is_deleted": true}'
    from run.account_facts
    where kind = 'deleted'
    union all
    select account_id, acts_on, 0, jsonb_build_object('pause_type', pause_type)
    from pauses
    union all
    select account_id, resume_on, 0, '{"pause_type": null}'
    from pauses
    where resume_on is not null
    union all
    select account_id, acts_on, position, jsonb_build_object('failed_on', terms -> 'failed_on')
    from run.account_facts
    where kind in ('payment_problem', 'payment_settled')
    union all
    select
        account_id, from_on, 1,
        to_jsonb(s) - '{account_id, from_on, to_on, begins}'::text[]
        || case
            when begins
                then jsonb_build_object(
                    'rank_before', tier_rank, 'seats_before', seats, 'mrr_before', mrr, 'currency_before', currency
                )
            else '{}'
        end
    from run.account_subscriptions as s
    union all
    -- what the terms are now is what they will have been a window of days ago
    select
        s.account_id, s.from_on + settings.window_days, 0,
        jsonb_build_object(
            'rank_before', s.tier_rank, 'seats_before', s.seats, 'mrr_before', s.mrr, 'currency_before', s.currency
        )
    from run.account_subscriptions as s
    cross join ref.account_settings as settings
    where s.is_subscribed
        and not exists (
            select from run.account_subscriptions as other
            where other.account_id = s.account_id
                and other.from_on > s.from_on
                and other.from_on <= s.from_on + settings.window_days
                and not other.is_subscribed
        )
    union all
    select
        account_id, from_on, (row_number() over (partition by account_id order by updated_at))::integer,
        jsonb_build_object('admin_user_id', primary_admin_user_id)
    from admins
    union all
    select
        c.account_id, c.cut_on, 0,
        jsonb_build_object('urgent_ticket_since', (
            select min(t.opened_on) from tickets as t
            where t.account_id = c.account_id and t.is_urgent and c.cut_on between t.from_on and t.to_on
        ))
    from urgent_cuts as c
    union all
    select account_id, min(from_on), 0, '{"has_tickets": true}'
    from tickets
    group by account_id
    union all
    select
        c.account_id, c.cut_on, 0,
        jsonb_build_object(c.survey, (
            select avg(a.score) from answers as a
            where a.account_id = c.account_id and a.survey = c.survey and c.cut_on between a.from_on and a.to_on
        ))
    from answer_cuts as c
),

merged as (
    select
        p.account_id,
        life.created_on,
        greatest(p.day, life.created_on) as from_on,
        row_number() over account as number,
        silver.merged(p.patch) over account as attributes
    from patches as p
    inner join lives as life on life.account_id = p.account_id
    window account as (
        partition by p.account_id order by greatest(p.day, life.created_on), p.day, p.ordinal, p.patch
        rows unbounded preceding
    )
),

of_days as (
    select distinct on (account_id, from_on) account_id, created_on, from_on, attributes
    from merged
    order by account_id, from_on, number desc
),

typed as (
    select
        d.account_id,
        d.created_on,
        d.from_on,
        lead(d.from_on - 1, 1, 'infinity') over account as to_on,
        a.*,
        coalesce(lag(a.admin_user_id::text, 1, '') over account, '') <> coalesce(a.admin_user_id::text, '') as is_other_admin,
        lag(a.is_subscribed) over account as was_subscribed,
        lag(a.trial_ends_on) over account as trial_ended_on,
        lag(a.ended_on) over account as had_ended_on
    from of_days as d
    cross join lateral jsonb_to_record(d.attributes) as a (
        created_at timestamptz, trial_ends_on date, is_deleted boolean, pause_type text, failed_on date,
        is_subscribed boolean, subscribed_on date, ended_on date, first_paid_on date, first_paid_at timestamptz,
        first_mrr_on date, tier text, tier_rank integer, seats integer, mrr numeric, currency text, renewal_on date,
        rank_before integer, seats_before integer, mrr_before numeric, currency_before text, admin_user_id uuid,
        urgent_ticket_since date, has_tickets boolean, nps numeric, csat numeric
    )
    window account as (partition by d.account_id order by d.from_on)
),

-- Whether the subscription that begins finds the account churned: its trial over, or its lapse.
beginnings as (
    select
        t.*,
        case
            when t.from_on <> t.subscribed_on then null
            when t.was_subscribed is null then false
            when t.had_ended_on is null then t.from_on - 1 > t.trial_ended_on
            else t.from_on - 1 - t.had_ended_on > s.lapse_days
        end as begins_churned,
        t.failed_on is not null as has_problem,
        max(t.from_on) filter (where t.is_other_admin) over (partition by t.account_id order by t.from_on) as admin_changed_on
    from typed as t
    cross join ref.account_settings as s
),

rates as (
    select
        currency,
        valid_from,
        lead(valid_from - 1, 1, 'infinity') over (partition by currency order by valid_from) as valid_to,
        rate
    from ref.currency_rates
    union all
    select s.reporting_currency, '-infinity', 'infinity', 1
    from ref.account_settings as s
    where not exists (select from ref.currency_rates as r where r.currency = s.reporting_currency)
)

select
    b.account_id,
    greatest(b.from_on, rates.valid_from) as from_on,
    least(b.to_on, rates.valid_to) as to_on,
    b.created_at,
    b.created_on,
    b.trial_ends_on,
    coalesce(b.is_deleted, false) as is_deleted,
    coalesce(b.is_subscribed, false) as is_subscribed,
    coalesce(b.is_subscribed and bool_or(b.begins_churned) over (partition by b.account_id, b.subscribed_on), false)
        as began_churned,
    coalesce(b.has_problem, false) as is_dunning,
    case when b.is_subscribed then case when b.has_problem then 'payment_dunning' else b.pause_type end end as frozen_type,
    b.subscribed_on,
    b.ended_on,
    b.first_paid_at,
    b.first_paid_on,
    b.first_mrr_on,
    b.tier,
    b.tier_rank,
    b.seats,
    coalesce(b.mrr, 0) as mrr,
    coalesce(b.currency, s.reporting_currency) as currency,
    rates.rate,
    b.renewal_on,
    case when b.is_subscribed then b.rank_before end as tier_rank_before,
    case when b.is_subscribed then b.seats_before end as seats_before,
    case
        when b.is_subscribed and b.currency_before = b.currency then b.mrr_before
        when b.is_subscribed then b.mrr_before * before.rate / rates.rate
    end as mrr_before,
    b.admin_user_id,
    coalesce(b.admin_changed_on, b.created_on) as admin_since,
    b.urgent_ticket_since,
    coalesce(b.has_tickets, false) as has_tickets,
    b.nps,
    b.csat
from beginnings as b
cross join ref.account_settings as s
left join rates
    on rates.currency = coalesce(b.currency, s.reporting_currency)
    and rates.valid_from <= b.to_on and rates.valid_to >= b.from_on
left join rates as before
    on before.currency = b.currency_before
    and greatest(b.from_on, rates.valid_from) between before.valid_from and before.valid_to
