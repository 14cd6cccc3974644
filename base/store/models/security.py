"""Doors: throttle, revocation, idempotency, shares of strangers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from base.basics import clock
from base.store.database import Model


class UserSecurity(Model):
    """What the sign-in keeps of a person beside FAB's own row."""

    __tablename__ = "base_user_security"

    user_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True
    )
    #: Carried by cookies and tokens; raising it ends them all.
    auth_epoch: Mapped[int] = mapped_column(default=0)
    #: The password was given by somebody else: change it at the next sign-in.
    must_change_password: Mapped[bool] = mapped_column(default=False)
    #: The language and the time zone of the person's pages; without, those of the authority.
    locale: Mapped[str | None] = mapped_column(String(8))
    timezone: Mapped[str | None] = mapped_column(String(64))
    #: Secret of the second factor, encrypted; empty while the account asks for none.
    totp_secret: Mapped[str | None] = mapped_column(String(200))
    totp_since: Mapped[datetime | None]
    #: Step of the last code used: no code counts twice.
    totp_step: Mapped[int] = mapped_column(default=0, server_default="0")


class RecoveryCode(Model):
    """A code for whoever has lost the phone; good for one use."""

    __tablename__ = "base_recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("ab_user.id", ondelete="CASCADE"), index=True
    )
    #: Keyed digest: the code itself is shown once and kept nowhere.
    digest: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class LoginAttempt(Model):
    """One failed sign-in, for the throttle of all doors."""

    __tablename__ = "base_login_attempt"
    __table_args__ = (
        Index("ix_base_login_attempt_account", "account", "at"),
        Index("ix_base_login_attempt_address", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    #: Digest of the account name typed: the log keeps no name.
    account: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    door: Mapped[str] = mapped_column(String(40))
    #: The secret is being looked at.
    pending: Mapped[bool] = mapped_column(default=False, server_default=false())


class SignIn(Model):
    """One browser or program signed in; ending the row ends its cookie or its tokens."""

    __tablename__ = "base_sign_in"
    __table_args__ = (Index("ix_base_sign_in_user_id_address", "user_id", "address"),)

    #: Random, carried by the signed cookie and by each token of the family.
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    #: Digest of the address, for the throttle.
    address: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    ended_at: Mapped[datetime | None]
    #: The only refresh token of the family that still counts.
    refresh_jti: Mapped[str | None] = mapped_column(String(36))


class Access(Model):
    """One row: the version of all that says who a person is and what they may do.

    Triggers write it (``base.store.triggers.OF_ACCESS``), whatever door changes what it stands for.
    """

    __tablename__ = "base_access"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]


class Idempotency(Model):
    """The answer given to one key, kept 30 days."""

    __tablename__ = "base_idempotency"
    __table_args__ = (Index("ix_base_idempotency_at", "at"),)

    user_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    route: Mapped[str] = mapped_column(String(300), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    answer: Mapped[str] = mapped_column(Text)
    headers: Mapped[str] = mapped_column(Text, default="{}")
    at: Mapped[datetime] = mapped_column(default=clock.now)


class ShareTaken(Model):
    """How much somebody without an account has had of a share, until when it counts."""

    __tablename__ = "base_share"
    __table_args__ = (Index("ix_base_share_until", "until"),)

    #: Keyed digest of the share and of whose it is: no address, no number of a record.
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    until: Mapped[datetime]
