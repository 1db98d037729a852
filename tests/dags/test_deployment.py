"""What Airflow's connections and variables change, and that it stays secret."""

import pytest

from monstera.settings import Settings

SECRET = "s3cr3t-of-the-warehouse"


def test_without_any_the_environment_decides(airflow: None, configured: Settings) -> None:
    from monstera.orchestration.deployment import deployment

    assert deployment().settings == configured


def test_connections_and_variables_go_before_the_environment(
    airflow: None, configured: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monstera.orchestration.deployment import deployment

    uri = f"postgres://owner:{SECRET}@db.example.com:6543/metrics?sslmode=verify-full"
    monkeypatch.setenv("AIRFLOW_CONN_MONSTERA_WAREHOUSE", uri)
    monkeypatch.setenv("AIRFLOW_CONN_MONSTERA_PSEUDONYMS", "generic://:the-key@")
    monkeypatch.setenv("AIRFLOW_VAR_MONSTERA_LANDING_URI", "s3://bucket/landing")
    settings = deployment().settings
    assert settings.warehouse_url == uri
    assert settings.pseudonym_key == "the-key"
    assert settings.landing == "s3://bucket/landing"


def test_no_log_of_a_failed_connection_shows_the_password(
    airflow: None,
    configured: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    free_tcp_port: int,
) -> None:
    from datetime import UTC, datetime

    from monstera.orchestration import in_process

    uri = f"postgres://owner:{SECRET}@127.0.0.1:{free_tcp_port}/metrics"
    monkeypatch.setenv("AIRFLOW_CONN_MONSTERA_WAREHOUSE", uri)
    run = in_process.run("load_events", datetime(2025, 6, 1, tzinfo=UTC))
    assert run.state == "failed"
    logged = caplog.text + "".join(capsys.readouterr())
    assert "No connection to the warehouse" in logged
    assert SECRET not in logged
