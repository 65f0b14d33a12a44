"""German: what is no order moves nothing; what is one, however it is said, stays one."""

from __future__ import annotations

import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate

HOME = demo_home()
NOTHING = (
    "soll ich die Garage aufmachen?",
    "soll ich das Garagentor öffnen?",
    "sollen wir die Haustür abschließen?",
    "sollte ich das Auto heute laden?",
    "muss ich die Haustür abschließen?",
    "müssen wir die Heizung ausschalten?",
    "darf ich das Garagentor öffnen?",
    "dürfen wir den Trockner nachts laufen lassen?",
    "kann die Spülmaschine nachts laufen?",
    "kann man das Garagentor von Hand öffnen?",
    "kann ich die Heizung ausschalten?",
    "können Gäste die Haustür aufschließen?",
    "hast du die Haustür abgeschlossen?",
    "hast du die Spülmaschine gestartet?",
    "hat jemand das Garagentor geschlossen?",
    "wie öffne ich das Garagentor von Hand?",
    "wann hast du die Tür abgeschlossen?",
    "wird das Auto bis sieben geladen?",
    "schließt du abends die Haustür ab?",
    "geht die Heizung von selbst an?",
    "mein Nachbar öffnet seine Garage um sechs",
    "Mama hat gesagt, ich soll die Haustür abschließen, aber das habe ich schon",
    "sie hat mir gestern gesagt, ich soll die Heizung ausschalten",
    "ich habe die Haustür schon abgeschlossen",
    "ich habe gestern die Spülmaschine laufen lassen",
    "wir lassen die Spülmaschine immer nachts laufen",
    "das Garagentor ist um drei Uhr aufgegangen",
    "jemand hat die Haustür aufgeschlossen",
    "Anna hat das Licht in der Küche eingeschaltet",
    "früher haben wir die Heizung um zehn ausgeschaltet",
    "die Nachbarn laden ihr Auto nachts",
    "bei meinen Eltern geht die Heizung um zehn aus",
    "ich schließe die Tür selbst ab",
    "niemand soll das Garagentor öffnen",
    "es ist nicht nötig, die Haustür abzuschließen",
    "hör auf, das Garagentor zu öffnen",
    "statt das Garagentor zu öffnen",
    "schließ die Haustür ab, nein warte, lass es",
    "öffne das Garagentor, ach nein, doch nicht",
    "öffne das Garagentor, nein, lieber nicht",
    "starte die Spülmaschine, nein, vergiss es",
    "starte die Spülmaschine um neun, ach lass mal",
    "schalte die Heizung aus, nein, lass sie an",
    "Haustür aufschließen, war nur ein Scherz",
    'spiel das Lied "Mach die Tür auf"',
    "sag Anna, sie soll die Haustür abschließen",
    "erinnere mich daran, das Garagentor zu schließen",
    "erinner mich daran, das Auto zu laden",
    'was heißt "mach das Licht aus" auf Englisch',
    "ich wünschte, ich hätte die Spülmaschine eingeschaltet",
    "hätte ich doch nur die Haustür abgeschlossen",
    "ich hätte das Auto laden sollen",
    "wenn ich doch das Garagentor geschlossen hätte",
    "du hättest die Heizung ausschalten sollen",
    "das Auto hätte um sieben voll sein sollen",
    "ich wollte gestern das Auto laden",
    "soll die Spülmaschine jetzt laufen?",
    "ob ich das Auto laden soll?",
    "weißt du, ob das Garagentor zu ist?",
    "ich frage mich, ob ich die Tür abgeschlossen habe",
    "hab ich die Haustür abgeschlossen?",
    "seit wann ist das Licht an?",
    "unser Nachbar lädt sein Auto tagsüber",
    "Papa schließt immer um zehn ab",
    "der Elektriker hat den Boiler ausgeschaltet",
    "du hast die Heizung ausgeschaltet",
    "das Licht war die ganze Nacht an",
    "wir haben die Heizung im März ausgeschaltet",
    "finger weg von der Heizung",
    "bitte nicht die Tür aufschließen",
    "schließ das Garagentor, nein, doch nicht",
    "mach das Licht an, ach egal, lass es aus",
    "starte den Trockner, nein stopp",
    "kannst du mich daran erinnern, das Auto zu laden?",
    "kannst du Anna sagen, dass sie die Tür abschließen soll?",
    "frag Mika, ob er die Tür abgeschlossen hat",
    "danke, dass du das Garagentor geschlossen hast",
    "hättest du doch das Licht ausgemacht",
    "wenn ich nur das Auto geladen hätte",
    "es wäre besser gewesen, das Auto nachts zu laden",
)
"""Each was an order once: of a plan nobody asked for."""
ORDERS = {
    "kannst du die Haustür abschließen?": "lock.front_door:lock",
    "könntest du bitte das Garagentor schließen?": "cover.garage:close",
    "würdest du das Licht in der Küche ausschalten?": "light.kitchen:turn_off",
    "kannst du die Spülmaschine nachts laufen lassen?": "dishwasher:run",
    "könntest du das Auto bis sieben laden?": "ev_charger:charge",
    "machst du bitte das Garagentor zu?": "cover.garage:close",
    "schließt du bitte die Haustür ab?": "lock.front_door:lock",
    "würde es dir etwas ausmachen, die Haustür abzuschließen?": "lock.front_door:lock",
    "was würde es kosten, das Auto heute Nacht zu laden?": "ev_charger:charge",
    "schließ das Garagentor, statt es zu öffnen": "cover.garage:close",
    "vergiss nicht, die Haustür abzuschließen": "lock.front_door:lock",
    "lass die Spülmaschine statt der Waschmaschine laufen": "dishwasher:run",
    "lass den Trockner nicht vor neun laufen": "dryer:run",
    "schalte das Licht in der Küche ein, nein, im Schlafzimmer": "light.bedroom:turn_on",
    "kannst du bitte das Auto laden?": "ev_charger:charge",
    "mach das Garagentor zu, ich habe es offen gelassen": "cover.garage:close",
    "ich habe das Garagentor offen gelassen, mach es zu": "cover.garage:close",
    "hast du die Tür abgeschlossen? Wenn nicht, schließ sie ab": "lock.front_door:lock",
    "Anna ist weg, schließ die Haustür ab": "lock.front_door:lock",
    "das Licht soll um zehn ausgehen": "light:turn_off",
    "die Spülmaschine soll um neun laufen": "dishwasher:run",
    "ich hätte gern die Heizung auf 21 Grad": "heat_pump:set_temperature",
    "ich möchte, dass du die Tür abschließt": "lock.front_door:lock",
    "wenn wir weg sind, schließ die Haustür ab": "lock.front_door:lock",
    "du kannst jetzt das Licht in der Küche ausschalten": "light.kitchen:turn_off",
    "nein, schließ die Haustür ab": "lock.front_door:lock",
    "warte mit der Spülmaschine bis zehn": "dishwasher:run",
    "lade das Auto, sobald ich angekommen bin": "ev_charger:charge",
}


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_order_moves_nothing(text: str) -> None:
    said = translate(text, language="de", home=HOME)
    assert said.route == "none"
    assert not said.goals


@pytest.mark.parametrize(("text", "done"), ORDERS.items())
def test_an_order_stays_an_order_however_it_is_said(text: str, done: str) -> None:
    said = translate(text, language="de", home=HOME)
    assert " ".join(f"{one.target}:{one.value['action']}" for one in said.goals) == done
