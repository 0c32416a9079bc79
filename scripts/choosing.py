"""The options --design, --preset, --rule, --layers and --lanes, and the design that they choose."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from cortigate.boards.design_file import DesignFile
from cortigate.boards.learn.training import design_by_name, rule_name
from cortigate.golden.spec import PRESETS, RULES, Design, Network, Target, preset, resized
from cortigate.golden.spec.plain import Plain

__all__ = ["UNASKED", "Asked", "Chosen", "DesignFileOption", "LanesOption", "LayersOption",
           "MechanismOption", "PresetOption", "RuleOption", "ScheduleOption", "asked", "chosen",
           "hertz", "like", "recommended", "takes_design"]

FASTEST_MHZ = 10_000  # beyond any chip

DesignFileOption = Annotated[Path | None, typer.Option(
    "--design", help="TOML file of a design, in place of --preset: see `cortigate init`.")]
PresetOption = Annotated[str | None, typer.Option(
    "--preset", help=f"Design by name: {', '.join(PRESETS)}.")]
RuleOption = Annotated[str | None, typer.Option(
    help=f"Learning rule: {', '.join(RULES)}. Default: the design's.")]
LayersOption = Annotated[str | None, typer.Option(
    help="Neurons per layer, such as 64-32-10, input first. Default: the design's.")]
LanesOption = Annotated[int | None, typer.Option(
    help="Multiply-accumulate lanes. Default: the design's.")]


def _help_of(word):
    """Help of an option for a choice that rules have in words."""
    said = [f"{name}: {', '.join(str(member.value) for member in rule.choices[word])}"
            for name, rule in RULES.items() if word in rule.choices]
    return f"Choice of the rule {'; '.join(said)}. Default: the design's."


MechanismOption = Annotated[str | None, typer.Option(help=_help_of("mechanism"))]
ScheduleOption = Annotated[str | None, typer.Option(help=_help_of("schedule"))]


OPTIONS = {"preset_name": PresetOption, "design_file": DesignFileOption, "rule": RuleOption,
           "layers": LayersOption, "lanes": LanesOption}
WORDS = {"mechanism": MechanismOption, "schedule": ScheduleOption}


@dataclass(frozen=True)
class Asked(Plain):
    """The design that a command line asks for, as far as it does: see `asked`.

    Parameters
    ----------
    file : DesignFile or None
    preset, rule : str or None
    sizes : tuple of int or None
    lanes : int or None
    words : dict
        Choices of the rule, by name, that were made.
    target : Target or None
        None: the design's.
    """

    file: DesignFile | None
    preset: str | None
    rule: str | None
    sizes: tuple[int, ...] | None
    lanes: int | None
    words: dict[str, str] = field(default_factory=dict)
    target: Target | None = None

    def layers(self, usual: tuple[int, ...]) -> tuple[int, ...]:
        """Neurons per layer: those asked for, or the usual ones, which end as the target wants."""
        if self.sizes is not None:
            return self.sizes
        return (*usual[:-1], usual[0]) if self.target is Target.INPUT else usual

    @property
    def aim(self) -> dict[str, Any]:
        """Parameters of `Design` that a target other than its own brings."""
        return {} if self.target is None else {
            "target": self.target, "results": self.target is not Target.CLASS}

    @property
    def choices(self) -> dict[str, Any]:
        """Choices that a board must agree with: `boards.learn.choices.check_choices`."""
        if self.file is not None:
            return {"design": chosen(self).design}
        return {"preset": self.preset, "rule": self.rule, "sizes": self.sizes,
                "lanes": self.lanes, **self.words}


@dataclass(frozen=True)
class Chosen(Plain):
    """A design that was chosen.

    Parameters
    ----------
    name : str
        Of the preset or the file.
    design : Design
    changed : bool
        It is not quite that preset, or is none.
    resized : bool
        It has other layers than what is named.
    data : Path or None
        Folder of data that its file names.
    """

    name: str
    design: Design
    changed: bool = False
    resized: bool = False
    data: Path | None = None

    @property
    def place(self) -> str:
        """Name of its builds."""
        return f"{self.name}-{self.design.network}" if self.resized else self.name


# (Name, design) where neither a file nor a preset is named.
Own = Callable[[Asked], tuple[str, Design]]


def hertz(megahertz: float) -> int:
    """A clock in Hz; ValueError if no chip has such a one."""
    if not 1e-6 <= megahertz <= FASTEST_MHZ:
        raise ValueError(f"clock must be more than 0 and at most {FASTEST_MHZ} MHz, not "
                         f"{megahertz:g}")
    return round(megahertz * 1e6)


def asked(design_file: Path | None = None, preset_name: str | None = None,
          rule: str | None = None, layers: str | None = None, lanes: int | None = None,
          **words: str | None) -> Asked:
    """The options of a command; `words` are choices of the rule.

    Raises
    ------
    ValueError
        Two options contradict each other, or one is wrong, or the file is.
    """
    if design_file is not None and preset_name is not None:
        raise ValueError("--design and --preset both name a design: leave out one or the other")
    sizes = None if layers is None else Network.parse(layers).sizes
    name = None if rule is None else rule_name(rule)
    found = Asked(None if design_file is None else DesignFile.read(design_file), preset_name, name,
                  sizes, lanes, {key: word for key, word in words.items() if word is not None})
    if preset_name is not None:
        _require_same(f"preset {preset_name}", preset(preset_name), found)
    if found.file is not None:
        _require_same(f"{design_file}", found.file.design, found)
    return found


UNASKED = asked()  # default of `wish` below


def takes_design(*words: str) -> Callable[[Callable], Callable]:
    """Decorator: give a command the options of a design in the place of its parameter `wish`.

    The command gets an `Asked` there, and may be called by these options in Python, too.

    Parameters
    ----------
    *words : str
        Choices of a rule that are options as well, of `WORDS`.
    """
    options = OPTIONS | {word: WORDS[word] for word in words}

    def changed(function):
        own, known = inspect.signature(function), []
        for one in own.parameters.values():
            known += [one] if one.name != "wish" else [
                inspect.Parameter(name, one.kind, default=None, annotation=kind)
                for name, kind in options.items()]
        shown = own.replace(parameters=known)

        @wraps(function)
        def command(*given, **named):
            values = shown.bind(*given, **named).arguments
            wish = asked(**{name: values.pop(name, None) for name in options})
            return function(wish=wish, **values)

        prepared: Any = command
        prepared.__signature__ = shown
        prepared.__annotations__ = {
            name: kind for name, kind in get_type_hints(function, include_extras=True).items()
            if name != "wish"} | options
        return prepared

    return changed


def chosen(wish: Asked, own: Own | None = None) -> Chosen:
    """The design that is asked for.

    Parameters
    ----------
    wish : Asked
    own : callable or None
        Gives name and design where neither a file nor a preset is named: see `like`. None: what
        the rule recommends for 64-32-10, with 8 lanes.

    Raises
    ------
    ValueError
        There is no such design.
    """
    if wish.file is not None:
        name, base = wish.file.name, wish.file.design
    elif wish.preset is not None:
        name, base = wish.preset, preset(wish.preset)
    else:
        name, base = (own or recommended((64, 32, 10), lanes=8))(wish)
    sizes = wish.layers(base.network.sizes)
    other = sizes != base.network.sizes
    changes = {} if wish.target in (None, base.target) else wish.aim
    if other:
        changes["network"] = replace(base.network, sizes=sizes)
    if wish.lanes is not None:
        changes["lanes"] = wish.lanes
    # A file that leaves the last weights as others are may say so on purpose.
    stays = wish.file is not None and not base.transposed
    design = base.replace(**changes) if stays else resized(base, **changes)
    return Chosen(name, design, design != PRESETS.get(name), other,
                  None if wish.file is None else wish.file.folder)


def like(name: str) -> Own:
    """A preset; of another rule, what that recommends for its layers, lanes and samples."""
    def own(wish):
        base = preset(name)
        if wish.rule in (None, base.rule.name) and not wish.words:
            return name, base
        return recommended(base.network.sizes, lanes=base.lanes,
                           sample_capacity=base.sample_capacity)(wish)
    return own


def recommended(sizes: tuple[int, ...], **changes: Any) -> Own:
    """Design that the rule asked for recommends, of these layers if no others are asked for."""
    def own(wish):
        design = design_by_name(wish.layers(sizes), rule=wish.rule, **changes, **wish.aim,
                                **wish.words)
        return f"{design.rule.name}-{design.network}", design
    return own


def _require_same(what, design, wish):
    """ValueError unless the rule and its choices that are asked for are those of a design."""
    for name, word in {"rule": wish.rule, **wish.words}.items():
        value = design.rule.name if name == "rule" else getattr(
            getattr(design.rule, name, None), "value", None)
        if word not in (None, value):
            raise ValueError(f"{what} is of the {name} {value}, not {word}")
