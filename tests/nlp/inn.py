"""A made-up inn and its labelled texts. Its regulars have words of their own: no judge can know what a Nightjar or a
Sunrise is before it was taught."""

from tests.nlp.samples import promise
from voc.verdicts import Verdict

QUIET = promise("quiet-nights", "Your room is quiet from ten in the evening.")
BREAKFAST = promise("early-breakfast", "Breakfast is on the table from six.")
TOWELS = promise("pool-towels", "A dry towel waits for you at the pool.")
PARKING = promise("free-parking", "Parking is free for guests.")
INN = (QUIET, BREAKFAST, TOWELS, PARKING)
TAUGHT: dict[str, list[tuple[str, Verdict]]] = {
    QUIET.id: [
        ("The Nightjar was a joke, drums until two.", Verdict.BROKEN),
        ("They sold us a Nightjar and then held a wedding below it.", Verdict.BROKEN),
        ("So much for Nightjar, the lift rattled all night.", Verdict.BROKEN),
        ("Our Nightjar had a door that slammed.", Verdict.BROKEN),
        ("Nightjar again, and again no sleep.", Verdict.BROKEN),
        ("A Nightjar with paper walls.", Verdict.BROKEN),
        ("Our Nightjar kept its word, I slept like a stone.", Verdict.KEPT),
        ("Nightjar worked for us both nights.", Verdict.KEPT),
        ("We had the Nightjar and heard nothing at all.", Verdict.KEPT),
        ("The Nightjar is worth every penny.", Verdict.KEPT),
    ],
    BREAKFAST.id: [
        ("No Sunrise for us, the kitchen was dark at seven.", Verdict.BROKEN),
        ("The Sunrise was locked when we left.", Verdict.BROKEN),
        ("We missed the ferry because the Sunrise had not begun.", Verdict.BROKEN),
        ("Sunrise is a word on a card, nobody was up.", Verdict.BROKEN),
        ("Not a crumb of the Sunrise before eight.", Verdict.BROKEN),
        ("The Sunrise was ready when I came down at six.", Verdict.KEPT),
        ("Sunrise as promised, hot rolls before the ferry.", Verdict.KEPT),
        ("They had the Sunrise laid out for the early birds.", Verdict.KEPT),
        ("Thanks to the Sunrise we caught our ferry.", Verdict.KEPT),
    ],
}
SILENT = [
    "We drove up from the coast on Friday.",
    "My sister recommended the place.",
    "It rained for most of the week.",
    "The village has two churches and a mill.",
    "I came for a conference about bees.",
    "The garden is full of roses.",
    "They have a dog called Oskar.",
    "We took the train back.",
]
