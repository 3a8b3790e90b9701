"""Own materials, uploads and what leaves the room: a team's rubric is its own, an upload is the uploader's alone."""

from tests.rights import COACHES, OF_THE_TEAM, Decided, People, Route, Things
from trainer import drafts
from trainer.drafts import Draft
from trainer.team import intake, materials
from trainer.team.unpacked import Opened
from trainer.web.handlers import Desk
from trainer.web.places import Place

UPLOADER = frozenset({"coach"})
TALK = """Аннабель: Добрый день, салон окон, слушаю вас.
Клиент: Здравствуйте, сколько стоит окно?
Аннабель: Расскажите, пожалуйста, что за комната?
Клиент: Спальня. До свидания."""
SIDES = {"label-0": "Аннабель", "side-0": "seller", "label-1": "Клиент", "side-1": "client"}


def make(desk: Desk, people: People, things: Things) -> Things:
    """A rubric of A's team in two versions; two uploads of its coach, one that asks who speaks, one stopped."""
    coach, now = people["coach"], desk.now()
    text = drafts.shipped_text("rubric", "inbound_sale").replace("id: inbound_sale", "id: north_sale")
    things["rubric"], things["text"] = "north_sale", text
    id, first = materials.save(desk.store, coach, Draft("rubric", text), coach.team, "", now, None)
    _, second = materials.save(desk.store, coach, Draft("rubric", f"{text}\n"), coach.team, "", now, first)
    things["material"], things["base"] = str(id), str(second)
    for name in ("asking", "stopped"):
        talk = Opened("Аннабель.txt", ".txt", TALK)
        things[name] = intake.take_in(desk.store, coach, [talk], now)
    sides = {"Аннабель": "seller", "Клиент": "client"}
    owner = people["a"].id
    intake.begin(desk.store, coach, things["stopped"], sides, owner, "", now)  # type: ignore[arg-type]
    intake.stop(desk.store, coach, things["stopped"])
    return things


def at_edit(things: Things) -> Place:
    return Place("edit", things["material"])


def at_intake(name: str, things: Things) -> Place:
    return Place("intake").having(batch=things[name])


def changed(things: Things) -> dict[str, str]:
    return {"text": f"{things['text']}\n\n", "base": things["base"], "note": "Пустая строка"}


THINGS = {"materials": make}

PAGES = {
    "materials": Decided(COACHES, lambda things: Place("materials")),
    "edit": Decided(OF_THE_TEAM, at_edit),
    "intake": Decided(UPLOADER, lambda things: at_intake("asking", things)),
    "exports": Decided(COACHES, lambda things: Place("exports")),
    "sheet": Decided(OF_THE_TEAM, lambda things: Place("sheet", things["holder"])),
}

DEEDS = {
    "change_material": Decided(OF_THE_TEAM, at_edit, changed),
    "bring_back": Decided(OF_THE_TEAM, at_edit, lambda things: {"version": "1"}),
    "withdraw_material": Decided(OF_THE_TEAM, at_edit),
    "begin_intake": Decided(UPLOADER, lambda things: at_intake("asking", things), lambda things: SIDES),
    "stop_intake": Decided(UPLOADER, lambda things: at_intake("stopped", things)),
    "go_on_intake": Decided(UPLOADER, lambda things: at_intake("stopped", things)),
    "drop_intake": Decided(
        UPLOADER, lambda things: Place("intake"), lambda things: {"batch": things["asking"]}
    ),
}  # fmt: skip

ROUTES = {
    ("POST", "/coach/check"): Route(401, COACHES, 200, 403, body={"kind": "rubric", "text": "id: a"}),
    ("POST", "/coach/intake"): Route(401, COACHES, 303, 403, files={"files": ("a.txt", TALK.encode())}),
    ("GET", "/coach/intake/{id}"): Route(401, UPLOADER, 200, of=lambda things: {"id": things["asking"]}),
    ("GET", "/coach/export/{what}.{form}"): Route(
        401, COACHES, 200, 403, lambda things: {"what": "reports", "form": "csv"}
    ),
}
