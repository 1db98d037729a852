/*
description: The products that every user has adopted in the life at hand, in the order of adoption, as of the last publication.
owner: product
grain: one row per user and adopted product
key: [user_id, product_id]
columns:
  user_id: {type: uuid, description: Pseudonym of the user.}
  product_id: {type: text, description: Product.}
  adoption_sequence_number: {type: integer, minimum: 1, description: 'Position among the user''s adoptions: 1 is the first product.'}
  first_access_timestamp: {type: timestamptz, description: Time of the first event in the product in this life.}
  activation_timestamp: {type: timestamptz, nullable: true, description: 'Time at which the product was activated; null: not, or not in time.'}
  days_since_signup: {type: integer, minimum: 0, description: Days from signup (or restore) to the adoption.}
  days_since_previous_product_adoption: {type: integer, nullable: true, minimum: 0, description: Days from the adoption before to this one; null for the first.}
  acquisition_source: {type: text, nullable: true, description: 'Channel that brought the user, as known on the day of the adoption.'}
  is_still_active: {type: boolean, description: Whether the user is active or reactivated in the product.}
  is_retained_90_days: {type: boolean, nullable: true, description: 'Whether the user was active on the platform 90 days after the adoption; null: too early to say.'}
*/
select
    a.user_id,
    a.product_id,
    a.position as adoption_sequence_number,
    s.started_at as first_access_timestamp,
    s.activation_date as activation_timestamp,
    a.adopted_on - platform.started_on as days_since_signup,
    a.adopted_on - lag(a.adopted_on) over (partition by a.user_id order by a.position)
        as days_since_previous_product_adoption,
    attributes.acquisition_source,
    s.state in ('active', 'reactivated') as is_still_active,
    a.is_retained as is_retained_90_days
from user_adoptions as a
inner join user_states as s on s.user_id = a.user_id and s.scope = a.product_id
inner join user_states as platform on platform.user_id = a.user_id and platform.scope = 'platform'
left join user_attributes as attributes
    on attributes.user_id = a.user_id and a.adopted_on between attributes.from_on and attributes.to_on
