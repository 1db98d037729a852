/*
description: >
  Features used on each fresh day, by events that do not merely happen to a user. A sub-feature counts
  for its feature, and is advanced where one of the two is.
*/
with features as (
    select
        p.product_id as used_id,
        case p.kind when 'sub_feature' then p.parent_id else p.product_id end as feature_id,
        p.is_advanced or p.kind = 'sub_feature' and parent.is_advanced as is_advanced
    from ref.products as p
    inner join ref.products as parent on parent.product_id = p.parent_id
)

select
    e.occurred_on as used_on,
    e.user_id,
    f.feature_id,
    bool_or(f.is_advanced) as is_advanced
from run.fresh_events as e
inner join ref.event_types as t on t.event_type = e.event_type and not t.is_passive
inner join features as f on f.used_id = coalesce(t.feature_id, e.feature_id)
where exists (select from ref.segment_settings)
group by e.occurred_on, e.user_id, f.feature_id
