"""Signing in and out, and one's own account."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, request, session, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.views import AuthDBView as FabAuthDBView
from flask_login import current_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.security import check_password_hash
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import EqualTo, InputRequired

from base.basics.clock import authority_zone
from base.basics.errors import InvalidInput
from base.basics.i18n import LANGUAGES, _, _l, know_reader, language
from base.desk.accounts import failed_tries, making, preferences, second_factor, sign_ins
from base.desk.accounts.landing import landing, own
from base.desk.accounts.second_factor_pages import enter, sign_in
from base.rules.rights import entities
from base.rules.rights.actors import person_scope, security
from base.store.history.trail import FOREIGN_TRACKED, note_record

_REQUIRED = _l("Ce champ est obligatoire.")


class SignInForm(FlaskForm):
    """Name and password."""

    username = StringField(FOREIGN_TRACKED["ab_user"]["username"], [InputRequired(_REQUIRED)])
    password = PasswordField(_l("Mot de passe"), [InputRequired(_REQUIRED)])


class NewPasswordForm(FlaskForm):
    """A new password, twice."""

    password = PasswordField(
        _l("Nouveau mot de passe"),
        [InputRequired(_REQUIRED)],
        description=_l("12 caractères au moins (15 pour un administrateur), tous signes permis."),
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _l("Encore une fois"),
        [
            InputRequired(_REQUIRED),
            EqualTo("password", _l("Les deux saisies diffèrent.")),
        ],
        render_kw={"autocomplete": "new-password"},
    )


class ChangePasswordForm(NewPasswordForm):
    """The present password, then the new one twice."""

    current = PasswordField(
        _l("Mot de passe actuel"),
        [InputRequired(_REQUIRED)],
        render_kw={"autocomplete": "current-password"},
    )


class AuthDBView(FabAuthDBView):
    """The sign-in form, and signing out by POST."""

    everybodys = True

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> Any:
        """The sign-in form."""
        target = request.args.get("next")
        if current_user.is_authenticated:
            return redirect(landing(target))
        form = SignInForm()
        if request.method == "GET":
            return self._page(form, 200)
        if not form.validate():
            return self._page(form, 422)
        try:
            user = self.appbuilder.sm.auth_user_db(form.username.data, form.password.data)
        except failed_tries.TooManyTries as refusal:
            flash(str(refusal), "danger")
            return self._page(form, 429, {"Retry-After": str(refusal.retry_after)})
        if user is None:
            flash(_("Identifiant ou mot de passe incorrect."), "danger")
            return self._page(form, 401)
        return enter(user, target)

    def _page(self, form: Any, status: int, headers: dict[str, str] | None = None) -> Any:
        page = self.render_template(
            self.login_template,
            title=_("Connexion"),
            form=form,
            appbuilder=self.appbuilder,
            leads_on=landing(request.args.get("next")) != landing(),
        )
        return page, status, headers or {}

    @expose("/logout/", methods=["GET", "POST"])
    def logout(self) -> Any:
        """End this browser's cookie on the server; by GET, a page that asks."""
        if not current_user.is_authenticated:
            return redirect(url_for("AuthDBView.login"))
        if request.method == "GET":
            return self.render_template("ov/account/logout.html", title=_("Se déconnecter"))
        work, user_id = security(), int(current_user.id)
        sign_ins.end(work, session["sid"])
        note_record(work, "ab_user", user_id, None, {"sign_in": "ended", "door": "form"})
        work.commit()
        logout_user()
        sign_ins.clear_cookie()
        flash(_("Vous êtes déconnecté."), "success")
        return redirect(url_for("AuthDBView.login"))


#: What the list of languages sends for none of them.
BROWSER = "browser"


class PreferencesForm(FlaskForm):
    """Language and time zone of one's own pages."""

    language = SelectField(_l("Langue"), validate_choice=False)
    timezone = StringField(
        _l("Fuseau horaire"),
        description=_l(
            "Il ne change que les heures affichées ; les jours de travail restent ceux de la "
            "collectivité."
        ),
    )

    def offer(self) -> None:
        """The languages to choose from, in the reader's words."""
        own = [(BROWSER, _("Celle du navigateur"))]
        self.language.choices = own + list(LANGUAGES.items())


class AccountView(BaseView):
    """One's own account: open to everybody who is signed in, nobody else's in reach."""

    route_base = "/compte"
    default_view = "show"
    everybodys = True

    @own("/", methods=["GET"])
    def show(self) -> Any:
        """Who I am, what I may do, where I am signed in."""
        chosen, zone = preferences.given(int(current_user.id))
        return self._show(PreferencesForm(language=chosen or BROWSER, timezone=zone), 200)

    @own("/affichage", methods=["POST"])
    def display(self) -> Any:
        """Choose the language and the time zone of one's pages."""
        form = PreferencesForm()
        wanted = form.language.data or BROWSER
        try:
            preferences.choose(
                int(current_user.id),
                language="" if wanted == BROWSER else wanted,
                timezone=form.timezone.data or "",
            )
        except InvalidInput as refusal:
            security().rollback()
            for name, sentence in refusal.errors.items():
                form[name].errors = [sentence]
            return self._show(form, 422)
        session.pop("locale", None)
        if wanted != BROWSER:
            session["locale"] = wanted
        know_reader(*preferences.given(int(current_user.id)))
        flash(_("L’affichage est enregistré."), "success")
        return redirect(url_for("AccountView.show"))

    def _show(self, form: PreferencesForm, status: int) -> Any:
        form.offer()
        work = security()
        page = self.render_template(
            "ov/account/show.html",
            title=_("Mon compte"),
            user=g.user,
            entities=entities.by_name(work, person_scope()),
            open_ones=sign_ins.open_of(work, current_user.id, limit=20),
            sid=session.get("sid"),
            second_factor=second_factor.is_set(int(current_user.id)),
            form=form,
            zones=preferences.places(language()),
            authority_zone=authority_zone(),
        )
        return page, status

    @own("/mot-de-passe", methods=["GET", "POST"])
    def password(self) -> Any:
        """Choose another password; the present one is asked for, and its tries are counted."""
        form = ChangePasswordForm()
        if request.method == "GET":
            return self._password_page(form, 200)
        if not form.validate():
            return self._password_page(form, 422)
        user_id, kept = int(current_user.id), str(current_user.password)
        work = security()
        work.rollback()
        try:
            account = failed_tries.account_key(user_id, "")
            number = failed_tries.reserve(work, account, "password", user_id)
        except failed_tries.TooManyTries as refusal:
            form.form_errors.append(str(refusal))
            return self._password_page(form, 429, {"Retry-After": str(refusal.retry_after)})
        good = check_password_hash(kept, form.current.data)
        failed_tries.settle(work, number, good)
        work.commit()
        if not good:
            form.current.errors = [_("Ce n’est pas votre mot de passe actuel.")]
            return self._password_page(form, 422)
        return self._choose(form, user_id, self._password_page)

    def _choose(self, form: Any, user_id: int, page: Any) -> Any:
        try:
            if "current" in form and form.current.data == form.password.data:
                raise InvalidInput(_("Choisissez un autre mot de passe que l’actuel."))
            making.choose_password(user_id, form.password.data)
        except InvalidInput as refusal:
            security().rollback()
            form.password.errors = [str(refusal)]
            return page(form, 422)
        flash(_("Le mot de passe est changé ; vos autres sessions sont fermées."), "success")
        user = self.appbuilder.sm.get_user_by_id(user_id)
        if current_user.is_authenticated and int(current_user.id) == user_id:
            sign_in(user)
            return redirect(url_for("HomeView.index"))
        # A link stands for the password only: the code of the phone is asked for as ever.
        return enter(user, None)

    def _password_page(self, form: Any, status: int, headers: dict[str, str] | None = None) -> Any:
        page = self.render_template(
            "ov/account/password.html",
            title=_("Changer de mot de passe"),
            form=form,
            columns=["current", "password", "again"],
            must=g.get("must_change_password", False),
        )
        return page, status, headers or {}

    @expose("/lien/<token>", methods=["GET", "POST"])
    def link(self, token: str) -> Any:
        """Choose a password by the link an administrator made."""
        user = making.user_of_link(token)
        if user is None:
            return self.render_template("ov/account/link_over.html", title=_("Lien périmé")), 404
        form = NewPasswordForm()

        def page(form: Any, status: int) -> Any:
            html = self.render_template(
                "ov/account/password.html",
                title=_("Choisir un mot de passe"),
                form=form,
                columns=["password", "again"],
                must=False,
            )
            return html, status

        if request.method == "GET" or not form.validate():
            return page(form, 200 if request.method == "GET" else 422)
        return self._choose(form, int(user.id), page)

    @own("/fermer", methods=["POST"])
    def close_all(self) -> Any:
        """End every browser and program of this account, this one too."""
        making.end_everything(int(current_user.id))
        logout_user()
        session.clear()
        flash(_("Toutes vos sessions sont fermées."), "success")
        return redirect(url_for("AuthDBView.login"))
