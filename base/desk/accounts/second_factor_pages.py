"""Signing in past the password: the code of the phone, setting it up, doing without it."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, g, redirect, request, session, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_login import current_user, login_user
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired

from base.basics import clock
from base.basics.i18n import _, _l
from base.desk.accounts import failed_tries, making, second_factor, sign_ins
from base.desk.accounts.landing import landing, own
from base.engine.edge.paths import safe_path
from base.face.views.shell import sign_in_name
from base.rules.rights.actors import security

#: Between the password and the code.
PATIENCE = 600
_PENDING, _NEW = "second", "new_factor"


class CodeForm(FlaskForm):
    """Six digits, or a recovery code."""

    code = StringField(
        _l("Code à 6 chiffres"),
        [InputRequired(_l("Ce champ est obligatoire."))],
        render_kw={"autocomplete": "one-time-code"},
    )


def sign_in(user: Any) -> None:
    """Let this browser stand for a person, by a sign-in of its own."""
    work = security()
    user_id = int(user.id)
    row = sign_ins.start(work, user_id, "cookie")
    sid, epoch = row.id, sign_ins.epoch(work, user_id)
    work.commit()
    sign_ins.write_cookie(sid, epoch)
    login_user(user, remember=False)


def enter(user: Any, target: str | None) -> Any:
    """After the password: sign in, or ask for the code first."""
    user_id = int(user.id)
    if not second_factor.is_set(user_id):
        sign_in(user)
        return redirect(landing(target))
    epoch = sign_ins.epoch(security(), user_id)
    session[_PENDING] = {
        "user": user_id,
        "epoch": epoch,
        "at": int(clock.now().timestamp()),
        "next": safe_path(target),
    }
    return redirect(url_for("SecondFactorView.code"))


def _waiting() -> Any:
    """The person whose password was right a moment ago in this browser, or None."""
    kept = session.get(_PENDING)
    if not isinstance(kept, dict):
        return None
    now = int(clock.now().timestamp())
    user = current_app.extensions["appbuilder"].sm.get_user_by_id(int(kept["user"]))
    if (
        user is None
        or not user.is_active
        or now - int(kept["at"]) > PATIENCE
        or sign_ins.epoch(security(), int(user.id)) != kept["epoch"]
    ):
        session.pop(_PENDING, None)
        return None
    return user


def try_code(user_id: int, typed: str, door: str) -> bool:
    """Whether a code counts; tries are counted apart from those of the password. Commits.

    Raises:
        TooManyTries: five wrong codes in a quarter of an hour.
    """
    work = security()
    work.rollback()
    number = failed_tries.reserve(work, failed_tries.account_key(None, f"code:{user_id}"), door)
    good = second_factor.accept(user_id, typed)
    failed_tries.settle(work, number, good)
    work.commit()
    return good


class SecondFactorView(BaseView):
    """One's own second factor: open to everybody who is signed in, nobody else's in reach."""

    route_base = "/compte/second-facteur"
    default_view = "setup"
    everybodys = True

    @expose("/code", methods=["GET", "POST"])
    def code(self) -> Any:
        """The code, right after the password."""
        if current_user.is_authenticated:
            return redirect(landing(None))
        user = _waiting()
        if user is None:
            return redirect(url_for("AuthDBView.login"))
        form = CodeForm()
        if request.method == "GET":
            return self._code_page(form, 200)
        if not form.validate():
            return self._code_page(form, 422)
        try:
            good = try_code(int(user.id), form.code.data, "code")
        except failed_tries.TooManyTries as refusal:
            flash(str(refusal), "danger")
            return self._code_page(form, 429, {"Retry-After": str(refusal.retry_after)})
        if not good:
            form.code.errors = [_("Ce code n’est pas le bon, ou il a déjà servi.")]
            return self._code_page(form, 401)
        target = session[_PENDING].get("next")
        sign_in(user)
        return redirect(landing(target))

    def _code_page(self, form: Any, status: int, headers: dict[str, str] | None = None) -> Any:
        page = self.render_template("ov/account/second_code.html", title=_("Connexion"), form=form)
        return page, status, headers or {}

    @own("/", methods=["GET", "POST"])
    def setup(self) -> Any:
        """Set it up with the phone; once it stands, how to renew or leave it."""
        user_id = int(current_user.id)
        if second_factor.is_set(user_id):
            return self._standing_page(CodeForm(), 200)
        kept = second_factor.opened(session.get(_NEW))
        secret = kept or second_factor.new_secret()
        if kept is None:
            session[_NEW] = second_factor.sealed(secret)
        form = CodeForm()
        if request.method == "GET" or kept is None:
            return self._setup_page(form, secret, 200)
        step = second_factor.fits(secret, form.code.data or "") if form.validate() else None
        if step is None:
            form.code.errors = [
                _("Ce code n’est pas le bon : vérifiez l’heure du téléphone, puis le code affiché.")
            ]
            return self._setup_page(form, secret, 422)
        codes = second_factor.start(user_id, secret, step)
        if codes is None:  # somebody else's browser was first
            security().rollback()
            return redirect(url_for("SecondFactorView.setup"))
        # Whoever had signed in by the password alone, elsewhere, signs in again.
        making.raise_epoch(user_id)
        security().commit()
        sign_in(self.appbuilder.sm.get_user_by_id(user_id))
        g.must_set_second_factor = False
        return self._codes_page(codes)

    @own("/codes", methods=["POST"])
    def recovery(self) -> Any:
        """Ten new recovery codes, for a code of the phone."""
        return self._with_code(lambda user_id: second_factor.renew_recovery(user_id))

    @own("/retirer", methods=["POST"])
    def disable(self) -> Any:
        """Do without, for a code of the phone; not where the role requires it."""
        if second_factor.is_required(g.user):
            flash(_("Votre rôle demande un second facteur : il ne se retire pas."), "danger")
            return redirect(url_for("SecondFactorView.setup"))

        def leave(user_id: int) -> None:
            second_factor.stop(user_id, "left by its person")

        return self._with_code(leave)

    def _with_code(self, act: Any) -> Any:
        user_id = int(current_user.id)
        form = CodeForm()
        if not second_factor.is_set(user_id):
            return redirect(url_for("SecondFactorView.setup"))
        try:
            good = form.validate() and try_code(user_id, form.code.data, "code")
        except failed_tries.TooManyTries as refusal:
            form.code.errors = [str(refusal)]
            return self._standing_page(form, 429)
        if not good:
            form.code.errors = [_("Ce code n’est pas le bon, ou il a déjà servi.")]
            return self._standing_page(form, 422)
        codes = act(user_id)
        security().commit()
        if codes:
            return self._codes_page(codes)
        flash(_("Le second facteur est retiré."), "success")
        return redirect(url_for("AccountView.show"))

    def _setup_page(self, form: Any, secret: bytes, status: int) -> Any:
        from base.papers.pdf import qr

        text = second_factor.address(secret, str(g.user.username), sign_in_name()[:40])
        square = qr.modules(text)
        page = self.render_template(
            "ov/account/second_setup.html",
            title=_("Second facteur"),
            form=form,
            secret=second_factor.shown_secret(secret),
            size=len(square) + 2 * qr.QUIET,
            path=_drawn(square, qr.QUIET),
            must=g.get("must_set_second_factor", False),
        )
        return page, status

    def _standing_page(self, form: Any, status: int) -> Any:
        page = self.render_template(
            "ov/account/second_standing.html",
            title=_("Second facteur"),
            form=form,
            left=second_factor.recovery_left(int(current_user.id)),
            required=second_factor.is_required(g.user),
        )
        return page, status

    def _codes_page(self, codes: list[str]) -> Any:
        return self.render_template(
            "ov/account/second_codes.html", title=_("Codes de secours"), codes=codes
        )


def _drawn(square: list[list[bool]], margin: int) -> str:
    """The black modules as one path of an image, run by run."""
    parts = []
    for y, row in enumerate(square, margin):
        start = None
        for x, black in enumerate((*row, False), margin):
            if black and start is None:
                start = x
            elif not black and start is not None:
                parts.append(f"M{start} {y}h{x - start}v1H{start}z")
                start = None
    return "".join(parts)
