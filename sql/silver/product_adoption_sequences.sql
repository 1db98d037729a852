/*
description: >
  Paths through the products: every sequence that users' adoptions begin with, how many went it and how many
  stopped there, as of the last publication.
owner: product
grain: one row per sequence
key: [sequence_id]
columns:
  sequence_id: {type: text, description: 'Id of the sequence: MD5 of its products, separated by >.'}
  product_sequence: {type: 'text[]', description: Products in the order of adoption.}
  user_count: {type: bigint, minimum: 1, description: 'Users whose first adoptions are these, in this order.'}
  users_ending_here: {type: bigint, minimum: 0, description: Those of them who adopted nothing further.}
  avg_days_to_complete_sequence: {type: numeric, minimum: 0, description: Mean number of days from the first of these adoptions to the last.}
  retention_rate_90_days: {type: numeric, nullable: true, minimum: 0, description: 'Of those whose last of these adoptions is 90 days old: share that was active on the platform then; null: nobody''s is.'}
  sequence_completion_rate: {type: numeric, minimum: 0, description: 'Of the users who began with the first product: share that went through the whole sequence.'}
  step_completion_rate: {type: numeric, minimum: 0, description: 'Of the users who went through all but the last product: share that went on to it; 1 for a single product.'}
*/
select
    md5(array_to_string(c.product_sequence, '>')) as sequence_id,
    c.product_sequence,
    c.users as user_count,
    c.users_ending_here,
    c.days_to_complete::numeric / c.users as avg_days_to_complete_sequence,
    c.retained_users::numeric / nullif(c.mature_users, 0) as retention_rate_90_days,
    c.users::numeric / beginning.users as sequence_completion_rate,
    c.users::numeric / coalesce(before.users, c.users) as step_completion_rate
from adoption_sequence_counts as c
inner join adoption_sequence_counts as beginning on beginning.product_sequence = c.product_sequence[:1]
left join adoption_sequence_counts as before on before.product_sequence = trim_array(c.product_sequence, 1)
