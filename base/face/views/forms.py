"""Forms from models: every relation is a remote search, never a select with all rows."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_appbuilder.forms import GeneralModelConverter
from markupsafe import Markup
from sqlalchemy import Float
from wtforms import (
    BooleanField,
    DecimalField,
    Field,
    SelectField,
    StringField,
    ValidationError,
    validators,
)
from wtforms.widgets import TextInput

from base.basics import identifiers, written
from base.basics.i18n import _, _l, zone
from base.basics.identifiers import Identifier
from base.basics.rows import row_by_id
from base.store.choice import Choice
from base.store.database import UTCDateTime, db
from base.store.mixins import HOURS, Said
from base.store.together import aside


class RemoteSelectWidget:
    """An input that searches on the server; without a script, a field for the number."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """The HTML of the field."""
        value = "" if field.data is None else str(field.data.id)
        label = "" if field.data is None else str(field.data)
        more = "" if field.data is None else aside(field.data)
        css = kwargs.get("class_", kwargs.get("class", "form-select"))
        described = kwargs.get("aria-describedby", "")
        option = (
            Markup('<option value="{}" data-aside="{}" selected>{}</option>').format(
                value, more, label
            )
            if value
            else Markup('<option value=""></option>')
        )
        return Markup(
            '<select id="{}" name="{}" class="{}" data-remote="{}"{}{}>{}</select>'
        ).format(
            field.id,
            field.name,
            css,
            field.choices_url(),
            Markup(" required") if field.flags.required else "",
            Markup(' aria-describedby="{}"').format(described) if described else "",
            option,
        )


class RemoteSelectField(Field):
    """A relation: the id of a row in the person's scope."""

    widget = RemoteSelectWidget()

    def __init__(
        self,
        label: Any = None,
        validators: Any = None,
        *,
        datamodel: Any,
        column: str,
        endpoint: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.datamodel = datamodel
        self.column = column
        self.view_endpoint = endpoint
        self._bad = False

    def choices_url(self) -> str:
        """Where the field searches."""
        return url_for(f"{self.view_endpoint}.choices", column=self.column)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take the id typed or chosen."""
        if not valuelist:
            return
        raw = valuelist[0].strip()
        self.data = None
        if not raw:
            return
        model = self.datamodel.get_related_model(self.column)
        row = None
        if raw.isdecimal() and len(raw) < 19:
            row = row_by_id(db.session(), model, int(raw))
        self._bad = row is None
        self.data = row

    def pre_validate(self, form: Any) -> None:
        """Refuse an id that is not in the scope."""
        if self._bad:
            raise ValidationError(_("Choisissez une valeur de la liste."))


class TypedDecimalField(DecimalField):
    """A number typed as its reader writes it: ``1 234,50`` or ``1,234.50``."""

    widget = TextInput()
    #: Such numbers have no thousands: a point and a comma are both the decimal mark.
    small = False

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number.

        Raises:
            ValueError: it is not one; the sentence says how to type it.
        """
        if not valuelist:
            return
        self.data = None
        self.data = written.number(valuelist[0], small=self.small)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return written.shown(self.data)


class TypedDegreesField(TypedDecimalField):
    """Degrees of a place, kept in binary as maps compute with them: ``48,8534``, ``48.8534``."""

    small = True
    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number.

        Raises:
            ValueError: it is not one; the sentence says how to type it.
        """
        super().process_formdata(valuelist)
        if self.data is not None:
            self.data = float(self.data)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return written.shown(None if self.data is None else Decimal(repr(self.data)))


class TypedHoursField(TypedDecimalField):
    """Hours typed as a number, or as a clock says them: ``1,75``, ``1h45``."""

    def __init__(self, *args: Any, decimals: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._decimals = decimals

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the hours.

        Raises:
            ValueError: they are none; the sentence says how to type them.
        """
        if not valuelist:
            return
        self.data = None
        self.data = written.hours(valuelist[0], places=self._decimals)


class IdentifierField(StringField):
    """A SIRET, SIREN or VAT number, with the blanks that people type between its signs."""

    def __init__(self, *args: Any, kind: Identifier, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kind = kind

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep the number as it is kept; what is none is told of when the row is written."""
        if valuelist:
            self.data = identifiers.plain(self._kind, valuelist[0])


class LocalDateTimeField(Field):
    """An instant typed on the clocks it is shown on: those of the reader. Kept in UTC."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        return str(self.data.astimezone(zone()).strftime("%Y-%m-%dT%H:%M"))

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a date and a time: ISO, French or English.

        Raises:
            ValueError: it is neither.
        """
        raw = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not raw:
            return
        for form in ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M", "%d %b %Y %H:%M"):
            try:
                naive = datetime.strptime(raw, form)
            except ValueError:
                continue
            self.data = naive.replace(tzinfo=zone())
            return
        raise ValueError(_("Tapez une date et une heure, par exemple 23/11/2026 10:42."))


def _decimals(number: int) -> Any:
    def check(form: Any, field: Any) -> None:
        if field.data is not None and -field.data.as_tuple().exponent > number:
            raise ValidationError(written.too_precise(number))

    return check


def words_of(kind: Any) -> list[tuple[str, str]]:
    """The values of a choice with their words, in the reader's language."""
    if isinstance(kind, type) and issubclass(kind, Choice):
        return kind.words()
    return list(kind() if callable(kind) else kind)


class Converter(GeneralModelConverter):
    """FAB's converter, with our fields. ``endpoint`` is the view that answers for choices."""

    def __init__(self, datamodel: Any, endpoint: str, enums: dict[str, Any]) -> None:
        super().__init__(datamodel)
        self.endpoint = endpoint
        self.enums = enums

    def _convert_many_to_one(
        self,
        col_name: str,
        label: Any,
        description: Any,
        lst_validators: list[Any],
        filter_rel_fields: Any,
        form_props: dict[str, Any],
    ) -> dict[str, Any]:
        fk = self.datamodel.get_relation_fk(col_name)
        checks = [*lst_validators]
        checks.append(
            validators.Optional()
            if fk.nullable
            else validators.DataRequired(_l("Ce champ est obligatoire."))
        )
        form_props[col_name] = RemoteSelectField(
            label,
            checks,
            datamodel=self.datamodel,
            column=col_name,
            endpoint=self.endpoint,
            description=description,
        )
        return form_props

    def _convert_simple(
        self,
        col_name: str,
        label: Any,
        description: Any,
        lst_validators: list[Any],
        form_props: dict[str, Any],
    ) -> dict[str, Any]:
        column = self.datamodel.list_columns[col_name]
        has_default = column.default is not None or column.server_default is not None
        optional = (
            validators.Optional()
            if column.nullable or has_default
            else validators.InputRequired(_l("Ce champ est obligatoire."))
        )
        checks = [*lst_validators, optional]
        scale = getattr(column.type, "decimals", None)
        if col_name in self.enums:
            kind = self.enums[col_name]
            blank = [("", "")] if column.nullable else []
            given = column.default.arg if column.default and column.default.is_scalar else None
            form_props[col_name] = SelectField(
                label,
                checks,
                default=getattr(given, "value", given),
                # Asked for each form: the words are the reader's.
                choices=lambda: [*blank, *words_of(kind)],
                description=description,
                coerce=lambda v: v or None if column.nullable else v,
            )
        elif scale is not None and column.info.get("said", Said()).unit == HOURS:
            form_props[col_name] = TypedHoursField(
                label,
                [*checks, _decimals(scale)],
                description=description,
                places=None,
                decimals=scale,
            )
        elif scale is not None:
            form_props[col_name] = TypedDecimalField(
                label,
                [*checks, _decimals(scale)],
                description=description,
                places=None,
            )
        elif isinstance(column.type, Float):
            form_props[col_name] = TypedDegreesField(
                label, checks, description=description, places=None
            )
        elif "identifier" in column.info:
            form_props[col_name] = IdentifierField(
                label, checks, description=description, kind=column.info["identifier"]
            )
        elif isinstance(column.type, UTCDateTime):
            form_props[col_name] = LocalDateTimeField(label, checks, description=description)
        elif self.datamodel.is_boolean(col_name):
            form_props[col_name] = BooleanField(label, description=description)
        else:
            super()._convert_simple(col_name, label, description, list(lst_validators), form_props)
            if has_default:
                # FAB asks for every column that may not be null, default or not.
                field = form_props[col_name]
                kept = [
                    v
                    for v in field.kwargs["validators"]
                    if not isinstance(v, validators.InputRequired)
                ]
                field.kwargs["validators"] = [validators.Optional(), *kept]
        return form_props
