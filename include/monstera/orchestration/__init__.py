"""Airflow around the rooms: the only room that imports it.

`environment` and `supervisor` run a local Airflow as processes and import nothing of it; the rest
is imported where Airflow runs already.
"""
