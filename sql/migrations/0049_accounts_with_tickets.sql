alter table silver.account_fact_spans add column has_tickets boolean not null default false;
comment on column silver.account_fact_spans.has_tickets is 'Whether the account ever had a support ticket, of whatever urgency.';
