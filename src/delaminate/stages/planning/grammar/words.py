"""The vocabulary of the grammar: closed lists of English words, lower case, singular unless said otherwise.

Nouns that are on no list are objects; that is why the lists may stay short. They name what decides *who looks for it*
(text, people, shapes, parts, see-through things) and what gives order to the sentence.
"""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """The words of `text`, which stand between blanks."""
    return frozenset(text.split())


def _table(text: str) -> dict[str, str]:
    """Read "value: word word" lines into word → value."""
    rows = (line.partition(":") for line in text.strip().splitlines())
    return {word: value.strip() for value, _, words in rows for word in words.split()}


# ------------------------------------------------------------------------------------------------ order of a sentence

SEPARATING = word_set("separate split divide distinguish disentangle untangle break decompose delaminate")
"""Verbs for which "A from B" asks for both."""

WHOLLY = word_set("ungroup unflatten explode deconstruct dissect disassemble unmerge demerge dismantle")
"""Verbs whose object is a whole that comes apart."""
WANTING = (
    SEPARATING
    | WHOLLY
    | word_set("""
    isolate extract pull peel get give want need find pick select segment take grab detach crop divide put place
    make create export output turn produce return save provide generate identify detect locate choose like have
    keying isolating extracting separating splitting cutting removing layering detaching selecting segmenting masking
    convert lift knock crop carve slice trim pick grabbing lifting taking getting picking converting including
    include show download carve cutout prepare
""")
)
TAKING = SEPARATING | word_set("isolate extract take pull lift peel grab cut detach select segment pick get give want")
"""Verbs whose object comes off, even where it is "everything else"."""
LAYERING = WHOLLY | word_set("layer delaminate decompose")
"""Verbs whose object is the whole picture."""
PARTING = LAYERING | word_set("split break divide")
"""Verbs of which a poster, a card … is the whole picture where nothing else is named."""
REMOVING = word_set("remove delete erase drop discard strip clear hide wipe eliminate")
KEEPING = word_set("keep preserve retain maintain keeping preserving retaining maintaining")
LEAVING = word_set("leave ignore skip exclude avoid omit disregard touch")
HARMING = word_set("removing cutting losing deleting damaging touching destroying erasing changing altering cropping")
"""After "without" these say that the thing stays as it is, not that it stays behind."""
NOUNS_TOO = word_set("merge combine layer mask cut lift frame group label show key crop slice trim pick download touch")
"""Verbs only where a noun phrase follows at once ("layer the poster", but "mask, hat")."""

VERBS = WANTING | REMOVING | KEEPING | LEAVING | NOUNS_TOO

FILLERS = word_set("""
    please i we you i'd i'll i'm we'd me us can could would will should let let's help to try now also too only
    just simply hi hello hey thanks thank then so here kindly ok okay there how do does wanna gonna trying need needs
    able like love sure going be u ya yall you're let's lets hope someone anyone it's
""")
"""Words that say nothing at the head of a clause."""

ANYWHERE = word_set("""
    please only just simply also too thanks exactly fully completely cleanly neatly carefully precisely
    separated isolated extracted layered detached removed visible again pls plz
""")
ADVERBS = word_set("separately individually singly only completely fully")
"""Words on -ly that are read elsewhere."""
"""Words that say nothing wherever they stand."""

PARTICLES = word_set("out apart off away up down")
JOINERS = word_set("and or & + plus including include includes then while")
EXCEPTING = word_set("except without no not excluding excepting ignoring besides minus nor never w/o sans")
COPULAS = word_set("""
    is are be should must stay stays staying remain remains becomes become gets go goes belong belongs has being
    shall
""")
PRONOUNS = word_set("it them they this these that those one ones following him something")
POSSESSIVES = word_set("its their his her my our your")
ARTICLES = word_set("the a an this that these those")
EACH = word_set("each every any")
SOME = word_set("some several many various multiple few different other")
RELATIONS = word_set("""
    of with in on at behind under underneath beneath beside near next above below holding wearing playing
    running walking dancing jumping flying swimming eating drinking smiling riding sitting standing around over
    across against between inside within onto upon through by for to from along toward towards who which that
    whose where having containing carrying lying atop before after facing looking made called named labelled
    labeled reading saying showing per
""")
TURNED = word_set("facing looking pointing turning")

IDIOMS: dict[str, str] = {
    "as well as": "and",
    "along with": "and",
    "together with": "and",
    "in addition to": "and",
    "and also": "and",
    "and then": "and",
    "so that": ",",
    "such that": ",",
    "make sure to include": ",",
    "make sure to": ",",
    "make sure that": ",",
    "make sure": ",",
    "be sure to": ",",
    "don't forget": ",",
    "as many layers as possible": "everything",
    "as many as possible": "everything",
    "as many layers as you can": "everything",
    "as many parts as possible": "everything",
    "as many elements as possible": "everything",
    "as much as possible": "everything",
    "all layers": "everything",
    "all the layers": "everything",
    "all possible layers": "everything",
    "each layer": "everything",
    "every layer": "everything",
    "layer separation": "separate layers",
    "layers separation": "separate layers",
    "no more than": "",
    "not more than": "",
    "at most": "",
    "at the most": "",
    "up to": "",
    "maximum of": "",
    "a maximum of": "",
    "a total of": "",
    "max": "",
    "maximum": "",
    "a mask for": "isolate",
    "a mask of": "isolate",
    "mask for": "isolate",
    "mask of": "isolate",
    "masks for": "isolate",
    "masks of": "isolate",
    "a selection of": "isolate",
    "a cutout of": "isolate",
    "cutout of": "isolate",
    "cutouts of": "isolate",
    "a cut-out of": "isolate",
    "knock out": "remove",
    "key out": "remove",
    "cut away": "remove",
    "take away": "remove",
    "crop out": "isolate",
    "your task is to": "",
    "your job is to": "",
    "take out": "isolate",
    "take off": "remove",
    "lift off": "isolate",
    "peel off": "isolate",
    "pull off": "isolate",
    "nothing else": "",
    "nothing more": "",
    "and nothing else": "",
    "middle ground": "midground",
    "middle-ground": "midground",
    "mid ground": "midground",
    "mid-ground": "midground",
    "middleground": "midground",
    "back ground": "background",
    "fore ground": "foreground",
    "the rest of the image": "rest",
    "the rest of the picture": "rest",
    "and the rest": "",
    "out the background": "the background",
    "but not": "without",
    "but no": "without",
    "not including": "without",
    "do not": "not",
    "don't": "not",
    "dont": "not",
    "teh": "the",
    "adn": "and",
    "n": "and",
    "w/": "with",
    "don't touch": "leave",
    "do not touch": "leave",
    "dont touch": "leave",
    "don't want": "without",
    "i don't want": "without",
    "not touching": "leave",
    "everything apart from": "everything except",
    "save for": "except",
    "with the exclusion of": "except",
    "apart from": "except",
    "aside from": "except",
    "other than": "except",
    "except for": "except",
    "except from": "except",
    "with the exception of": "except",
    "but leave": "leave",
    "but keep": "keep",
    "leave out": "leave",
    "get rid of": "remove",
    "rid of": "remove",
    "out of": "from",
    "away from": "from",
    "nothing but": "only",
    "nothing except": "only",
    "all but": "everything except",
    "everything but": "everything except",
    "anything but": "everything except",
    "everyone but": "everyone except",
    "everybody but": "everyone except",
    "everything else": "rest",
    "all else": "rest",
    "anything else": "rest",
    "the others": "rest",
    "all the rest": "rest",
    "all of": "all",
    "each of": "each",
    "both of": "both",
    "every one of": "each",
    "each and every": "every",
    "every single": "every",
    "each one": "each",
    "a couple of": "two",
    "a pair of": "pair of",
    "a few": "some",
    "a number of": "some",
    "in front of": "before",
    "on top of": "atop",
    "fine print": "footnote",
    "cut out": "isolate",
    "call to action": "cta",
    "top hat": "tophat",
    "that's": "that is",
    "who's": "who is",
    "cut-out": "cutout",
    "background removal": "remove background",
    "bg removal": "remove background",
    "background remove": "remove background",
    "bg remove": "remove background",
    "background remover": "remove background",
    "background eraser": "remove background",
    "everything behind": "background behind",
    "everything around": "background around",
    "all behind": "background behind",
    "this png": "this picture",
    "my png": "my picture",
    "flat png": "picture",
    "flattened png": "picture",
    "flat file": "picture",
    "flattened file": "picture",
    "flat picture": "picture",
    "flat image": "picture",
    "flattened image": "picture",
    "2.5 d": "parallax",
    "layer it": "separate everything",
    "layer this": "separate everything",
}
"""Several words read as one or two; the longest idiom wins."""

# --------------------------------------------------------------------------------------------------- manner of layers

LAYERS = word_set("layer layers cutout cutouts png pngs psd psds")
PIECES = word_set("piece pieces part parts component components element elements file files image images")
"""Count as layers only after "as" or "into"."""
MANNER_PREPOSITIONS = word_set("as on in into onto to with")
MANNER_WORDS = word_set("""
    main a an the its their his her own one single separate individual different distinct same common new transparent
    clean unique multiple several rgba editable layered movable moveable usable isolated independent all 2d few
    many various proper organized organised named big semantic coherent meaningful logical reusable
""")
APART = word_set("separate individual different own distinct single multiple several unique independent isolated")
TOGETHER = word_set("one 1 single same common")
ADVERBS_APART = ("one by one", "line by line", "separately", "individually", "singly")
ADVERBS_TOGETHER = ("all together", "together", "as a group", "as one", "as a whole", "merged", "combined", "grouped")

# ---------------------------------------------------------------------------------------------------------- attributes

COLOURS = _table("""
    red: red scarlet crimson maroon reddish ruby
    orange: orange amber
    yellow: yellow gold golden blond blonde yellowish
    green: green greenish emerald olive
    blue: blue navy azure bluish indigo
    cyan: cyan turquoise teal aqua aquamarine
    purple: purple violet lilac lavender mauve
    pink: pink magenta rose
    brown: brown beige tan bronze
    black: black
    white: white ivory cream
    grey: grey gray silver
""")
COLOURED_THINGS = word_set("orange rose olive violet lavender gold silver cream ruby emerald bronze lilac")
"""Colour words that are things when they stand last ("the orange")."""

POSITIONS = _table("""
    left: left leftmost left-hand left-most
    right: right rightmost right-hand right-most
    top: top upper topmost uppermost
    bottom: bottom lower bottommost lowest
    centre: centre center middle central
    foreground: foreground front frontmost nearest closest
    background: background back rear backmost farthest furthest
    first: first
    last: last final
""")
PLACES = word_set("side corner edge half part row column third area hand end of")
POSITION_PREPOSITIONS = word_set("on in at to from near along by toward towards")
ORDINALS = word_set("second third fourth fifth sixth seventh eighth ninth tenth 2nd 3rd 4th 5th 6th")
FAR = word_set("far very extreme most")

SIZES = _table("""
    large: big large huge giant tall bigger larger enormous
    small: small little tiny mini smaller short
    largest: biggest largest tallest
    smallest: smallest tiniest shortest
""")
_COUNTED = """
    one two three four five six seven eight nine ten
    eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty
"""
NUMBERS = {word: number for number, word in enumerate(_COUNTED.split(), start=1)} | {"dozen": 12}

# --------------------------------------------------------------------------------------------------------------- nouns

PICTURES = word_set("""
    image picture photo photograph scene canvas composition screenshot artwork illustration design pic img jpg jpeg
    artboard file
""")
PICTURES_IF_WHOLE = word_set("""
    poster card page screen drawing painting graphic banner flyer cover sticker sheet cartoon logo thumbnail flier
    leaflet brochure menu slide collage infographic meme comic manga mockup ad advert advertisement invitation postcard
    spritesheet template layout wallpaper map scan art packaging sprite tile emblem sketch
""")
"""Stand for the whole picture in "this card", "of the poster", "split the poster into"."""

BACKDROP = word_set("background scenery environment setting backdrop surroundings rest remainder bg")
VIEWS = BACKDROP | word_set(
    "landscape view skyline plate cityscape seascape scene picture image photo beach street room"
)
"""Before "without …" these are what is wanted clean: the things after it are lifted off."""
SUBJECT = word_set("subject foreground focus motif protagonist fg")
PRODUCTS = word_set("product merchandise packshot")
WHOLE = word_set("whole entire full complete supplied provided attached uploaded source flattened")
MAIN = word_set("main primary central principal dominant")
OBJECTS = word_set("object item thing asset entity one stuff")
ELEMENTS = word_set("element layer everything anything component part piece all detail psd")
EVERYONE = word_set("everyone everybody anyone")

PEOPLE = word_set("""
    person human man woman girl boy child kid baby guy lady gentleman player dancer rider driver singer musician
    soldier knight worker model actor actress athlete runner skier surfer couple crowd family character figure
    hero heroine warrior king queen prince princess witch wizard pirate astronaut clown chef doctor nurse bride
    groom teenager teacher student pedestrian cyclist grandmother grandfather mother father friend tourist
""")
TEXT_ROLES = _table("""
    title: title headline heading header
    subtitle: subtitle subheading subheadline subhead tagline slogan strapline
    caption: caption description credit
    footer: footer footnote
    price: price
    label: label
    any: text word letter lettering writing typography typo sentence paragraph copy date digit number wordmark typeface
    any: handwriting calligraphy glyph hanzi kanji kana hiragana katakana hangul inscription texts
""")
SCRIPTS = word_set("""
    chinese japanese korean arabic hebrew russian cyrillic greek latin thai hindi devanagari english foreign printed
    written kanji typed special
""")
"""Before "characters" they make letters of them."""
SHAPES = word_set("""
    shape circle ellipse oval square rectangle triangle polygon pentagon hexagon octagon star arrow band stripe
    bar button card frame border badge banner ribbon panel dot blob pill rhombus trapezoid heart curve plate
    stroke line spiral cross
""")
EFFECTS = word_set("""
    smoke glass glow bubble fire flame steam fog mist haze light beam ray reflection spark sparkle splash rain
    snow dust flare explosion vapour vapor halo aura lightning fume
""")
SEE_THROUGH = word_set("glass transparent translucent see-through frosted")
PREDICATIVE = word_set(
    "movable moveable editable draggable separate transparent translucent blank empty alone untouched intact unchanged"
    " excluded"
)
"""Adjectives that say something of the noun before them."""
SHADOWS = word_set("shadow")
PARTS = word_set("""
    eye mouth nose ear face head hair arm leg hand foot body tail wing beak eyebrow eyelash tooth tongue beard
    moustache mustache lip neck torso skin fur paw horn finger toe cheek chin forehead knee elbow shoulder snout
    mane feather claw hoof iris pupil clothes clothing outfit
""")
PARTS_IF_OWNED = word_set("""
    shirt dress jacket coat hat cap shoe boot trousers pants skirt scarf glove sock glasses sunglasses helmet
    wheel tyre tire window door handle lid roof stem leaf petal sleeve collar antenna mast sail engine chimney
    seat backpack belt bag tie necklace earring crown sword cape costume armour armor uniform mask headlight
""")
MASS = word_set("""
    text lettering writing typography typo smoke fire steam fog mist haze light rain snow dust vapour vapor hair
    fur clothes clothing skin lightning copy
""")
"""Nouns without number: all of it goes into one layer."""

COLLECTIVES = word_set("group pair bunch pile stack set row heap cluster flock herd bouquet collection")
CONTAINERS = word_set("glass cup bottle bowl plate basket mug jar box bag can jug pot slice")
UNITS = word_set("piece kind type sort item")
"""Say nothing before "of": every piece of fruit is every fruit."""
UNITS_OF_TEXT = word_set("line piece block row bit lines pieces blocks rows bits")
