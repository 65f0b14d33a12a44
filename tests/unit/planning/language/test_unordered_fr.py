"""French: what is no order moves nothing; what is one, however it is said, stays one."""

from __future__ import annotations

import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate

HOME = demo_home()
NOTHING = (
    "est-ce que je dois ouvrir le garage ?",
    "dois-je ouvrir la porte du garage ?",
    "devrais-je charger la voiture ce soir ?",
    "faut-il fermer la porte d'entrée à clé ?",
    "est-ce qu'il faut éteindre le chauffage ?",
    "puis-je ouvrir la porte du garage ?",
    "est-ce que je peux éteindre le chauffage ?",
    "peut-on lancer le sèche-linge la nuit ?",
    "est-ce que le lave-vaisselle peut tourner la nuit ?",
    "le lave-vaisselle peut-il tourner la nuit ?",
    "est-ce une bonne idée d'ouvrir le garage ?",
    "est-ce que ça vaut la peine de lancer le lave-vaisselle maintenant ?",
    "as-tu verrouillé la porte d'entrée ?",
    "tu as fermé le garage ?",
    "est-ce que tu as éteint les lumières ?",
    "comment ouvrir le garage à la main ?",
    "mon voisin ouvre son garage à six heures",
    "maman a dit de fermer la porte à clé mais je l'ai déjà fait",
    "elle m'a dit d'éteindre le chauffage hier",
    "j'ai déjà verrouillé la porte d'entrée",
    "hier j'ai lancé le lave-vaisselle à neuf heures",
    "on lance toujours le lave-vaisselle la nuit",
    "la porte du garage s'est ouverte à trois heures",
    "quelqu'un a ouvert la porte du garage",
    "Anna a allumé la lumière de la cuisine",
    "les voisins chargent leur voiture la nuit",
    "le voleur a ouvert le garage",
    "je ferme la porte moi-même",
    "avant, on éteignait le chauffage à dix heures",
    "personne ne doit ouvrir le garage",
    "arrête d'ouvrir le garage",
    "au lieu d'ouvrir le garage",
    "verrouille la porte, non attends, laisse",
    "ouvre le garage, non, finalement non",
    "ouvre le garage, non, laisse tomber",
    "ouvre le garage. Non, oublie.",
    "lance le lave-vaisselle à neuf heures, non, oublie ça",
    "éteins le chauffage, non, laisse-le allumé",
    "ouvre la porte, je plaisante",
    'joue la chanson "ouvre la porte"',
    "dis à Anna de verrouiller la porte d'entrée",
    "rappelle-moi de fermer le garage",
    "rappelle à Mika de charger la voiture",
    'comment dit-on "éteins la lumière" en anglais',
    "si seulement j'avais fermé le garage",
    "j'aurais dû charger la voiture",
    "tu aurais dû éteindre le chauffage",
    "si j'avais verrouillé la porte",
    "la voiture aurait dû être chargée à sept heures",
    "j'ai failli ouvrir le garage",
    "je voulais charger la voiture hier",
    "tu crois que je devrais ouvrir le garage ?",
    "je me demande si j'ai fermé la porte",
    "est-ce que j'ai verrouillé la porte ?",
    "sais-tu si le garage est fermé ?",
    "notre voisin charge sa voiture la journée",
    "papa ferme toujours la porte à dix heures",
    "Sophie a ouvert le garage",
    "tu as éteint le chauffage",
    "la lumière était allumée toute la nuit",
    "ferme le garage, non, en fait non",
    "lance le sèche-linge, non stop",
    "peux-tu me rappeler de charger la voiture ?",
    "peux-tu dire à Anna de verrouiller la porte ?",
    "demande à Mika s'il a fermé la porte",
    "merci d'avoir fermé le garage",
    "si j'avais su, j'aurais fermé le garage",
    "il aurait mieux valu charger la voiture la nuit",
    "j'ai entendu le garage s'ouvrir",
    "j'espère que quelqu'un a fermé la porte",
    "je crois que la lumière est encore allumée",
    "il est trop tard pour charger la voiture",
    "heureusement Anna a fermé le garage",
    "laisse Anna verrouiller la porte",
    "mon téléphone m'a rappelé de charger la voiture",
    "écris à Mika de fermer le garage",
    "charger la voiture coûte une fortune",
    "allume le chauffage, ou plutôt non",
    "peut-on lancer le sèche-linge le dimanche ?",
    "tu devrais avoir fermé le garage",
)
"""Each was an order once: of a plan nobody asked for."""
ORDERS = {
    "peux-tu verrouiller la porte d'entrée ?": "lock.front_door:lock",
    "pourrais-tu fermer la porte du garage s'il te plaît ?": "cover.garage:close",
    "tu peux éteindre la lumière de la cuisine ?": "light.kitchen:turn_off",
    "est-ce que tu peux charger la voiture avant sept heures ?": "ev_charger:charge",
    "voudrais-tu bien fermer le garage ?": "cover.garage:close",
    "combien coûterait de charger la voiture cette nuit ?": "ev_charger:charge",
    "ferme le garage au lieu de l'ouvrir": "cover.garage:close",
    "n'oublie pas de verrouiller la porte d'entrée": "lock.front_door:lock",
    "ne lance pas le sèche-linge avant neuf heures": "dryer:run",
    "allume la lumière de la cuisine, non, de la chambre": "light.bedroom:turn_on",
    "peux-tu charger la voiture s'il te plaît ?": "ev_charger:charge",
    "j'ai laissé le garage ouvert, ferme-le": "cover.garage:close",
    "as-tu fermé la porte ? Sinon, verrouille-la": "lock.front_door:lock",
    "Anna est partie, verrouille la porte d'entrée": "lock.front_door:lock",
    "je voudrais que la voiture soit chargée à sept heures": "ev_charger:charge",
    "il faut fermer le garage à dix heures": "cover.garage:close",
    "la voiture doit être chargée à sept heures": "ev_charger:charge",
    "quand on est partis, verrouille la porte d'entrée": "lock.front_door:lock",
    "tu peux éteindre la lumière maintenant dans la cuisine": "light.kitchen:turn_off",
    "non, verrouille la porte d'entrée": "lock.front_door:lock",
    "attends dix heures pour lancer le lave-vaisselle": "dishwasher:run",
    "Anna veut que la lumière de la cuisine soit éteinte": "light.kitchen:turn_off",
    "on part, verrouille la porte d'entrée": "lock.front_door:lock",
    "tu n'as pas fermé la porte, verrouille-la": "lock.front_door:lock",
    "peux-tu mettre le chauffage à 21 degrés ?": "heat_pump:set_temperature",
    "les enfants dorment, éteins la lumière de la chambre": "light.bedroom:turn_off",
    "comme je l'ai dit, verrouille la porte d'entrée": "lock.front_door:lock",
    "j'aurais besoin de la voiture pour huit heures": "ev_charger:charge",
    "j'aimerais que le garage soit fermé à dix heures": "cover.garage:close",
}


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_order_moves_nothing(text: str) -> None:
    said = translate(text, language="fr", home=HOME)
    assert said.route == "none"
    assert not said.goals


@pytest.mark.parametrize(("text", "done"), ORDERS.items())
def test_an_order_stays_an_order_however_it_is_said(text: str, done: str) -> None:
    said = translate(text, language="fr", home=HOME)
    assert " ".join(f"{one.target}:{one.value['action']}" for one in said.goals) == done
