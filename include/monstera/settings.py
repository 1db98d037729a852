"""The environment variables that configure Monstera, read once and passed in."""

from contextlib import suppress
from datetime import date
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

PROJECT = Path(__file__).resolve().parents[2]
"""The checkout: where `sql/`, `dags/` and `include/` lie."""


class UnusableLandingZone(ValueError):
    """The address of the landing zone leads nowhere; the message says why."""


class Settings(BaseSettings):
    """Where Monstera keeps its state and finds its inputs.

    Every field is an environment variable with the prefix `MONSTERA_`; empty is unset.
    """

    model_config = SettingsConfigDict(env_prefix="MONSTERA_", env_ignore_empty=True)

    home: Path = Field(default=PROJECT / ".monstera", description="State of the embedded set-up.")
    warehouse_url: str | None = Field(
        default=None,
        repr=False,  # it may hold a password
        description="SQLAlchemy URL; unset: the embedded server under the home.",
    )
    landing_uri: str | None = Field(
        default=None, description="fsspec URI of the landing zone; unset: <home>/landing."
    )
    definitions: Path = Field(
        default=PROJECT / "include" / "definitions", description="Folder of the YAML definitions."
    )
    pseudonym_key: str | None = Field(
        default=None,
        repr=False,
        description="Key of the pseudonyms; unset: a key file under the home.",
    )
    heartbeat: str | None = Field(
        default=None,
        repr=False,  # its address may be a secret
        description="File or web address that hears of every evaluation of alerts; unset: a file.",
    )
    first_day: date = Field(
        default=date(2026, 1, 1),
        description="First business day that the daily DAG makes up for; older ones come with it.",
    )

    @field_validator("warehouse_url")
    @classmethod
    def _names_a_postgres(cls, url: str | None) -> str | None:
        with suppress(ArgumentError):
            if not url or make_url(url).drivername.startswith("postgres"):
                return url or None
        raise ValueError(
            "expected a SQLAlchemy URL of PostgreSQL, postgresql://user:password@host:5432/database"
        )

    @property
    def home_path(self) -> Path:
        """The home as an absolute path."""
        return self.home.expanduser().resolve()

    @property
    def heartbeat_target(self) -> str:
        """Who is told that alerts are evaluated: a web address, or a path."""
        return self.heartbeat or str(self.home_path / "heartbeat.json")

    @property
    def landing(self) -> str:
        """The landing zone as an fsspec URI."""
        return self.landing_uri or (self.home_path / "landing").as_uri()
