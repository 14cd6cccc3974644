"""Accounts and roles, for administrators: who may do what, and for which entities."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, flash, g, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_appbuilder.security.sqla.models import Role, User
from flask_wtf import FlaskForm
from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload
from wtforms import BooleanField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from base import accounts, personal
from base.errors import DomainError
from base.i18n import _, _l
from base.models import Entity, Event, UserEntity
from base.sessions import person_scope, security, system_session
from base.trail import canonical

_REQUIRED = _l("Ce champ est obligatoire.")
LIMIT = 200


class AccountForm(FlaskForm):
    """What an administrator says of an account."""

    username = StringField(
        _l("Identifiant"),
        [
            InputRequired(_REQUIRED),
            Length(max=64),
            Regexp(r"^[\w.@+-]+$", message=_l("Ni espace, ni signe.")),
        ],
    )
    first_name = StringField(_l("Prénom"), [InputRequired(_REQUIRED), Length(max=64)])
    last_name = StringField(_l("Nom"), [InputRequired(_REQUIRED), Length(max=64)])
    email = StringField(
        _l("Courriel"),
        [
            InputRequired(_REQUIRED),
            Length(max=320),
            Regexp(r"^[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+$", message=_l("Ce courriel est mal formé.")),
        ],
    )
    roles = SelectMultipleField(_l("Rôles"), [InputRequired(_l("Choisissez un rôle."))])
    entities = SelectMultipleField(
        _l("Entités"),
        coerce=int,
        description=_l("Un administrateur travaille pour toutes."),
    )
    active = BooleanField(_l("Compte actif"))

    def clean(self) -> dict[str, Any]:
        """The values, without control characters."""
        found = {k: v for k, v in self.data.items() if k != "csrf_token"}
        for name in ("username", "first_name", "last_name", "email"):
            if name in found:
                found[name] = "".join(c for c in found[name].strip() if c.isprintable())
        return found


def role_names() -> list[str]:
    """The roles that can be given, in alphabetical order."""
    public = current_app.extensions["appbuilder"].sm.auth_role_public
    return list(
        security().scalars(select(Role.name).where(Role.name != public).order_by(Role.name))
    )


class UserAdminView(BaseView):
    """Accounts: list, make, change, send a link; nobody is deleted."""

    route_base = "/users"
    default_view = "list"
    list_title = _l("Comptes")
    icon = "users"

    @expose("/list/")
    @has_access
    def list(self) -> Any:
        """Everybody who has an account."""
        words = request.args.get("q", "").strip()[:100].lower()
        statement = (
            select(User)
            .options(selectinload(User.roles))
            .order_by(User.active.desc(), func.lower(User.last_name), User.id)
            .limit(LIMIT + 1)
        )
        low = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        if words:
            statement = statement.where(
                or_(
                    *[
                        func.lower(c).like(f"%{low}%", escape="\\")
                        for c in (User.username, User.first_name, User.last_name, User.email)
                    ]
                )
            )
        rows = list(security().scalars(statement))
        names: dict[int, list[str]] = {}
        for user_id, name in security().execute(
            select(UserEntity.user_id, Entity.name)
            .join(Entity, Entity.id == UserEntity.entity_id)
            .where(UserEntity.user_id.in_([r.id for r in rows]))
            .order_by(Entity.name)
        ):
            names.setdefault(user_id, []).append(name)
        return self.render_template(
            "ov/account/users.html",
            title=self.list_title,
            rows=rows[:LIMIT],
            more=len(rows) > LIMIT,
            names=names,
            words=words,
            second_factor=current_app.settings.require_mfa,  # type: ignore[attr-defined]
        )

    def _form(self, user: Any = None) -> AccountForm:
        form = AccountForm()
        form.roles.choices = [(n, n) for n in role_names()]
        form.entities.choices = [
            (i, f"{code} · {name}")
            for i, code, name in security().execute(
                select(Entity.id, Entity.code, Entity.name)
                .where(Entity.id.in_(person_scope()))
                .order_by(Entity.name)
            )
        ]
        if user is None:
            del form.active
        else:
            del form.username
        return form

    def _page(self, form: Any, title: str, user: Any = None, status: int = 200) -> Any:
        history = []
        if user is not None:
            with system_session("account history", readonly=True) as work:
                events = work.scalars(
                    select(Event)
                    .where(Event.record == "ab_user", Event.record_id == user.id)
                    .order_by(Event.seq.desc())
                    .limit(30)
                ).all()
                said = personal.reveal(work, events)
                history = [
                    {"at": e.at, "actor": e.actor, "op": e.op, "changes": canonical(said[e.seq])}
                    for e in events
                ]
        html = self.render_template(
            "ov/account/user.html",
            title=title,
            form=form,
            user=user,
            columns=[f.name for f in form if f.name != "csrf_token"],
            history=history,
        )
        return html, status

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> Any:
        """A new account; a link lets its owner choose the password."""
        form = self._form()
        title = _("Nouveau compte")
        if request.method == "GET":
            return self._page(form, title)
        if not form.validate():
            return self._page(form, title, status=422)
        try:
            user_id = accounts.open_account(g.user, person_scope(), form.clean())
        except DomainError as refusal:
            return self._refused(form, title, refusal)
        return self._link(user_id)

    def _refused(self, form: Any, title: str, refusal: DomainError, user: Any = None) -> Any:
        security().rollback()
        named = [n for n in refusal.errors if n in form]
        for name in named:
            form[name].errors = [refusal.errors[name]]
        if not named:
            form.form_errors.append(str(refusal))
        return self._page(form, title, user, refusal.status)

    def _user(self, pk: int) -> Any:
        return security().get(User, pk) or abort(404)

    @expose("/edit/<int:pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: int) -> Any:
        """Change an account; a change of rights ends what it has open."""
        user = self._user(pk)
        form = self._form(user)
        title = f"{user.first_name} {user.last_name}"
        if request.method == "GET":
            for name in ("first_name", "last_name", "email", "active"):
                form[name].data = getattr(user, name)
            form.roles.data = [r.name for r in user.roles]
            form.entities.data = list(
                security().scalars(
                    select(UserEntity.entity_id).where(UserEntity.user_id == user.id)
                )
            )
            return self._page(form, title, user)
        if not form.validate():
            return self._page(form, title, user, 422)
        try:
            ended = accounts.change_account(g.user, person_scope(), pk, form.clean())
        except DomainError as refusal:
            return self._refused(form, title, refusal, self._user(pk))
        flash(
            _("Le compte est changé ; ses sessions sont fermées.")
            if ended
            else _("Le compte est changé."),
            "success",
        )
        return redirect(url_for("UserAdminView.list"))

    @expose("/link/<int:pk>", methods=["POST"])
    @has_access
    def link(self, pk: int) -> Any:
        """Make the link by which somebody chooses a password; shown once."""
        user = self._user(pk)
        if not user.active:
            flash(_("Ce compte est désactivé."), "danger")
            return redirect(url_for("UserAdminView.edit", pk=pk))
        return self._link(pk)

    def _link(self, user_id: int) -> Any:
        token = accounts.password_link(user_id)
        path = url_for("AccountView.link", token=token)
        base_url = current_app.settings.base_url.rstrip("/")  # type: ignore[attr-defined]
        return self.render_template(
            "ov/account/link.html",
            title=_("Lien à transmettre"),
            user=self._user(user_id),
            address=f"{base_url}{path}",
        )

    @expose("/close/<int:pk>", methods=["POST"])
    @has_access
    def close(self, pk: int) -> Any:
        """End every browser and program of an account."""
        accounts.end_everything(int(self._user(pk).id))
        flash(_("Toutes les sessions de ce compte sont fermées."), "success")
        return redirect(url_for("UserAdminView.edit", pk=pk))


class RoleView(BaseView):
    """Roles, which stand in the code of the modules: who holds each."""

    route_base = "/roles"
    default_view = "list"
    list_title = _l("Rôles")
    icon = "shield-check"

    @expose("/list/")
    @has_access
    def list(self) -> Any:
        """Each role, how many hold it, and what it opens."""
        manager = current_app.extensions["appbuilder"].sm
        counts = {
            name: count
            for name, count in security().execute(
                select(Role.name, func.count(User.id))
                .select_from(Role)
                .join(Role.user, isouter=True)
                .group_by(Role.name)
            )
        }
        rows = [
            {
                "name": name,
                "count": counts.get(name, 0),
                "rights": [tuple(right) for right in manager.builtin_roles.get(name, [])],
            }
            for name in role_names()
        ]
        return self.render_template("ov/account/roles.html", title=self.list_title, rows=rows)


def register(builder: Any) -> None:
    """Add the pages to the menu."""
    builder.add_view(
        UserAdminView, "Users", label=_l("Comptes"), icon="users",
        category="Security", category_label=_l("Administration"), category_icon="settings",
    )
    builder.add_view(
        RoleView, "Roles", label=_l("Rôles"), icon="shield-check", category="Security"
    )
