-- Totals by hour beside those of days, weeks and months, and a word on any other length.
alter function gold.aggregate_metrics(timestamp, timestamp, text) rename to aggregate_periods;
comment on function gold.aggregate_periods is 'What gold.aggregate_metrics returns for days, weeks and months.';

create function gold.aggregate_metrics(start_date timestamp, end_date timestamp, granularity text)
returns table (
    period timestamp, signups bigint, activations bigint, active_users bigint, qualifying_events bigint, revenue numeric
)
language plpgsql stable as $$
begin
    if granularity = 'hour' then
        return query
        select h.hour at time zone l.business_time_zone, h.signups, null::bigint, h.active_users, h.qualifying_events, null::numeric
        from gold.events_hourly as h
        cross join ref.lifecycle as l
        where h.hour at time zone l.business_time_zone between start_date and end_date
        order by h.hour;
    elsif granularity in ('day', 'week', 'month') then
        return query select * from gold.aggregate_periods(start_date, end_date, granularity);
    else
        raise exception 'expected the granularity hour, day, week or month, found %', granularity;
    end if;
end $$;
comment on function gold.aggregate_metrics is 'Signups, activations (within 7 days, by day of signup; null while not mature), active users, qualifying events and collected revenue (null while no payments are fed) by day, week or month; by hour, of the last 24, without activations and revenue.';
