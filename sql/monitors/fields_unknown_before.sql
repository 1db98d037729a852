/*
description: >
  Columns and metadata fields that no definition names, delivered with this publication and not in the 28
  days before. They are not stored.
dataset: ops.load_manifest
*/
with fields as (
    select m.feed, unknown.field, m.published_as_of = :as_of as is_fresh
    from ops.load_manifest as m
    cross join lateral jsonb_object_keys(m.unknown_columns) as unknown (field)
    where m.published_as_of between :as_of - 28 and :as_of
)

select feed, field
from fields
group by feed, field
having bool_and(is_fresh)
    and exists (
        select from ops.load_manifest as earlier
        where earlier.feed = fields.feed and earlier.published_as_of between :as_of - 28 and :as_of - 1
    )
