comment on column bronze.user_signups.feed_created_at is 'user_created_at of the latest version in the users feed that has one.';
