"""Accounts and roles, for administrators: who may do what, and for which entities."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import abort, current_app, flash, g, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from base.basics.errors import DomainError, NotFound
from base.basics.folding import full_name
from base.basics.i18n import _, _l, ngettext
from base.basics.rows import as_id
from base.basics.sessions import Session
from base.desk.accounts import account_ends, account_queries, making, second_factor, sign_ins
from base.desk.accounts.account_history import account_history
from base.desk.accounts.role_pages import RoleView, role_names, sentences
from base.face.attached import inbox
from base.face.views.routes import route
from base.rules.modules import actions
from base.rules.rights import entities
from base.rules.rights.actors import person_scope, security
from base.store.database import db
from base.store.history.trail import FOREIGN_TRACKED


def _next_actions(session: Session, user_id: int) -> list[actions.CounterLine]:
    """The next actions that were given to a person and are not done."""
    count = inbox.count_given(session, user_id)
    if not count:
        return []
    text = ngettext("%(num)d action à faire", "%(num)d actions à faire", count)
    return [actions.CounterLine(text, _("Elles restent à son nom : confiez-les à quelqu’un."))]


_REQUIRED = _l("Ce champ est obligatoire.")
LIMIT = 200
#: Sessions of an account shown at once.
SESSIONS = 50


def last_seen(user: Any) -> datetime | None:
    """When a person last signed in; FAB keeps that instant without its zone."""
    return user.last_login.replace(tzinfo=UTC) if user.last_login is not None else None


#: What the columns of an account are called.
_WORDS = FOREIGN_TRACKED["ab_user"]


class AccountForm(FlaskForm):
    """What an administrator says of an account."""

    username = StringField(
        _WORDS["username"],
        [
            InputRequired(_REQUIRED),
            Length(max=64),
            Regexp(r"^[\w.@+-]+$", message=_l("Ni espace, ni signe.")),
        ],
    )
    first_name = StringField(_WORDS["first_name"], [InputRequired(_REQUIRED), Length(max=64)])
    last_name = StringField(_WORDS["last_name"], [InputRequired(_REQUIRED), Length(max=64)])
    email = StringField(
        _WORDS["email"],
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


def _entities() -> list[Any]:
    found = entities.by_name(security(), person_scope())
    return [(row.id, row.code, row.name) for row in found]


class UserAdminView(BaseView):
    """Accounts: list, make, change, send a link; nobody is deleted."""

    route_base = "/users"
    default_view = "list"
    list_title = _l("Comptes")
    icon = "users"
    right_words = {"can_close": _l("clore"), "can_link": _l("relier")}

    @route("/list/")
    def list(self) -> Any:
        """Everybody who has an account, by name; narrowed by words, role, entity and state."""
        words = request.args.get("q", "").strip()[:100]
        role = request.args.get("role", "")
        entity = request.args.get("entity", type=as_id)
        state = request.args.get("state", "active")
        work = security()
        found = account_queries.accounts(
            work, words=words, role=role, entity=entity, state=state, limit=LIMIT + 1
        )
        ids = [user.id for user in found]
        names = account_queries.entity_names(work, ids)
        factors = account_queries.with_second_factor(work, ids)
        return self.render_template(
            "ov/account/users.html",
            title=self.list_title,
            rows=found[:LIMIT],
            more=len(found) > LIMIT,
            names=names,
            factors=factors,
            last_seen=last_seen,
            asked={"q": words, "role": role, "entity": entity, "state": state},
            roles=role_names(),
            entities=_entities(),
            required=current_app.settings.require_mfa,  # type: ignore[attr-defined]
            admin=current_app.config.get("AUTH_ROLE_ADMIN", "Admin"),
        )

    def _form(self, user: Any = None) -> AccountForm:
        form = AccountForm()
        form.roles.choices = [(n, _(n)) for n in role_names()]
        form.entities.choices = [(i, f"{code} · {name}") for i, code, name in _entities()]
        if user is None:
            del form.active
        else:
            del form.username
        return form

    def _page(self, form: Any, title: str, user: Any = None, status: int = 200) -> Any:
        html = self.render_template(
            "ov/account/user_form.html",
            title=title,
            form=form,
            user=user,
            columns=[f.name for f in form if f.name != "csrf_token"],
            sentences=sentences(),
        )
        return html, status

    @route("/show/<int:pk>", "list")
    def show(self, pk: int) -> Any:
        """One account: roles, entities, what is open, what has happened to it."""
        user = self._user(pk)
        kept = account_queries.security_of(security(), pk)
        return self.render_template(
            "ov/account/user.html",
            title=full_name(user.first_name, user.last_name),
            user=user,
            entities=account_queries.entities_of(security(), pk),
            sentences=sentences(),
            seen_at=last_seen(user),
            sessions=sign_ins.open_of(security(), pk, limit=SESSIONS),
            factor=kept.totp_since if kept is not None else None,
            left=second_factor.recovery_left(pk),
            must_change=bool(kept and kept.must_change_password),
            no_password=not user.password,
            required=second_factor.is_required(user),
            duties=actions.duties_of(db.session(), pk),
            history=account_history(pk),
            admin=current_app.config.get("AUTH_ROLE_ADMIN", "Admin"),
        )

    @route("/add", methods=["GET", "POST"])
    def add(self) -> Any:
        """A new account; a link lets its owner choose the password."""
        form = self._form()
        title = _("Nouveau compte")
        if request.method == "GET":
            return self._page(form, title)
        if not form.validate():
            return self._page(form, title, status=422)
        try:
            user_id = making.open_account(g.user, person_scope(), form.clean())
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
        return account_queries.account(security(), pk) or abort(404)

    @route("/edit/<int:pk>", methods=["GET", "POST"])
    def edit(self, pk: int) -> Any:
        """Change an account; a change of rights ends what it has open."""
        user = self._user(pk)
        form = self._form(user)
        title = full_name(user.first_name, user.last_name)
        if request.method == "GET":
            for name in ("first_name", "last_name", "email", "active"):
                form[name].data = getattr(user, name)
            form.roles.data = [r.name for r in user.roles]
            held = account_queries.entities_of(security(), user.id)
            form.entities.data = [entity.id for entity in held]
            return self._page(form, title, user)
        if not form.validate():
            return self._page(form, title, user, 422)
        try:
            ended = making.change_account(g.user, person_scope(), pk, form.clean())
        except DomainError as refusal:
            return self._refused(form, title, refusal, self._user(pk))
        flash(
            _("Le compte est changé ; ses sessions sont fermées.")
            if ended
            else _("Le compte est changé."),
            "success",
        )
        return redirect(url_for("UserAdminView.show", pk=pk))

    @route("/link/<int:pk>", methods=["POST"])
    def link(self, pk: int) -> Any:
        """Make the link by which somebody chooses a password; shown once."""
        user = self._user(pk)
        if not user.active:
            flash(_("Ce compte est fermé."), "danger")
            return redirect(url_for("UserAdminView.show", pk=pk))
        return self._link(pk)

    def _link(self, user_id: int) -> Any:
        token = making.password_link(user_id)
        path = url_for("AccountView.link", token=token)
        base_url = current_app.settings.base_url.rstrip("/")  # type: ignore[attr-defined]
        return self.render_template(
            "ov/account/link.html",
            title=_("Lien à transmettre"),
            user=self._user(user_id),
            address=f"{base_url}{path}",
        )

    @route("/close/<int:pk>", methods=["POST"])
    def close(self, pk: int) -> Any:
        """End every browser and program of an account."""
        making.end_everything(int(self._user(pk).id))
        flash(_("Toutes les sessions de ce compte sont fermées."), "success")
        return redirect(url_for("UserAdminView.show", pk=pk))

    @route("/session/<int:pk>/<sid>", "close", methods=["POST"])
    def end_session(self, pk: int, sid: str) -> Any:
        """End one browser or program of an account."""
        return self._end(
            pk, lambda: account_ends.end_one(pk, sid[:64]), _("Cette session est fermée.")
        )

    @route("/factor/<int:pk>", "link", methods=["POST"])
    def reset_factor(self, pk: int) -> Any:
        """Take away the second factor of somebody who has lost the phone."""
        return self._end(
            pk,
            lambda: account_ends.reset_second_factor(int(self._user(pk).id)),
            _("Le second facteur est retiré ; la personne se reconnecte et le remet en place."),
        )

    @route("/deactivate/<int:pk>", "edit", methods=["GET", "POST"])
    def deactivate(self, pk: int) -> Any:
        """Close an account: first what its person leaves open, then the act."""
        user = self._user(pk)
        if request.method == "GET":
            return self.render_template(
                "ov/account/user_close.html",
                title=_("Fermer le compte « %(n)s »", n=full_name(user.first_name, user.last_name)),
                user=user,
                duties=actions.duties_of(db.session(), pk),
                sessions=sign_ins.open_of(security(), pk, limit=SESSIONS),
            )
        return self._end(
            pk,
            lambda: account_ends.set_active(pk, False),
            _("Le compte est fermé ; ses sessions aussi. Rien de ce qu’il a fait n’est perdu."),
        )

    @route("/activate/<int:pk>", "edit", methods=["POST"])
    def activate(self, pk: int) -> Any:
        """Open an account again."""
        return self._end(
            pk, lambda: account_ends.set_active(pk, True), _("Le compte est ouvert de nouveau.")
        )

    def _end(self, pk: int, act: Any, done: str) -> Any:
        self._user(pk)
        try:
            act()
        except NotFound:
            abort(404)
        except DomainError as refusal:
            security().rollback()
            flash(str(refusal), "danger")
        else:
            flash(done, "success")
        return redirect(url_for("UserAdminView.show", pk=pk))


def register(builder: Any) -> None:
    """Add the pages to the menu."""
    actions.duty(_next_actions)
    builder.add_view(UserAdminView, "Users", label=_l("Comptes"), icon="users", category="Security")
    builder.add_view(RoleView, "Roles", label=_l("Rôles"), icon="shield-check", category="Security")
