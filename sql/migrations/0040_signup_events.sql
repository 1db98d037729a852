alter table bronze.user_signups
    add column signup_event_id uuid
    generated always as (case when feed_created_at is null then event_id end) stored;
comment on column bronze.user_signups.signup_event_id is 'The event that is the signup; null where the feed says it.';
