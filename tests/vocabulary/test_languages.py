"""Nouns of other languages, as people write them, find what they are in English."""

import pytest

from delaminate.vocabulary.inflection import folded
from delaminate.vocabulary.languages import MAIN, english, languages, languages_of
from delaminate.vocabulary.meaning import meaning

SAID = {
    "fr": """
        chien:dog chats:cat oiseaux:bird pomme:apple parapluie:umbrella fleurs:flower voiture:car arbres:tree
        titre:title ombre:shadow cheveux:hair yeux:eye château:castle bateaux:boat garçon:boy personnages:character
        étoiles:star bouteille:bottle ecran:screen lunettes:glasses nuages:cloud texte:text
    """,
    "es": """
        perro:dog gatos:cat pájaros:bird manzanas:apple paraguas:umbrella flores:flower coche:car árboles:tree
        título:title sombra:shadow pelo:hair ojos:eye castillo:castle barcos:ship niños:boy personaje:character
        estrellas:star botellas:bottle camion:truck peces:fish nubes:cloud texto:text luces:light
    """,
    "pt": """
        cachorro:dog gatos:cat pássaros:bird maçã:apple guarda-chuva:umbrella flores:flower carro:car árvores:tree
        título:title sombra:shadow cabelo:hair olhos:eye castelo:castle barco:boat menino:boy corações:heart
        estrelas:star garrafas:bottle caminhões:truck peixes:fish nuvens:cloud texto:text animais:animal
    """,
    "it": """
        cane:dog gatti:cat uccelli:bird mele:apple ombrelli:umbrella fiori:flower macchine:car alberi:tree titolo:title
        ombra:shadow capelli:hair occhi:eye castelli:castle barca:boat ragazzi:boy personaggi:character stelle:star
        bottiglie:bottle camion:truck pesci:fish nuvole:cloud testo:text formiche:ant
    """,
    "de": """
        Hunde:dog Katzen:cat Vögel:bird Äpfel:apple Regenschirm:umbrella Blumen:flower Autos:car Bäume:tree Titel:title
        Schatten:shadow Haare:hair Augen:eye Schlösser:castle Booten:boat Jungen:boy Figuren:character Sterne:star
        Flaschen:bottle Lastwagen:truck Fische:fish Wolken:cloud Texte:text Esstisch:table Gesichtern:face
    """,
    "nl": """
        honden:dog katten:cat vogels:bird appels:apple paraplu:umbrella bloemen:flower auto's:car bomen:tree titel:title
        schaduwen:shadow haren:hair ogen:eye kastelen:castle boten:boat jongens:boy figuren:character sterren:star
        flessen:bottle vrachtwagens:truck vissen:fish wolken:cloud tekst:text hondje:dog brieven:letter
    """,
    "pl": """
        psa:dog koty:cat ptaków:bird jabłka:apple parasolem:umbrella kwiatów:flower samochody:car drzewa:tree
        tytułu:title cienie:shadow włosów:hair oczy:eye zamku:castle łódkę:boat chłopca:boy postaci:character
        gwiazdę:star butelki:bottle ciężarówkę:truck ryby:fish chmur:cloud tekstu:text kobietę:woman kubków:mug
    """,
    "ru": """
        собаку:dog котов:cat птиц:bird яблока:apple зонта:umbrella цветы:flower машину:car деревьев:tree
        заголовка:title тени:shadow волосы:hair глаза:eye замки:castle лодку:boat мальчика:boy персонажа:character
        звёзды:star бутылок:bottle грузовики:truck рыбы:fish облаков:cloud текста:text женщину:woman кошек:cat
    """,
    "zh": """
        狗:dog 小猫:cat 鸟:bird 苹果:apple 雨伞:umbrella 花朵:flower 汽车:car 大树:tree 标题:title 阴影:shadow 头发:hair
        眼睛:eye 城堡:castle 小船:boat 男孩:boy 角色:character 星星:star 瓶子:bottle 貓:cat 鳥:bird 云:cloud 文字:text
        人们:people
    """,
    "ja": """
        犬:dog ネコ:cat 鳥:bird リンゴ:apple 傘:umbrella 花:flower 車:car 木:tree タイトル:title 影:shadow
        髪の毛:hair 目:eye お城:castle ボート:boat 男の子:boy キャラクター:character 星:star ボトル:bottle いぬ:dog
        雲:cloud 文字:text 赤いりんごを:apple
    """,
    "ko": """
        개:dog 고양이를:cat 새:bird 사과:apple 우산을:umbrella 꽃:flower 자동차:car 나무들:tree 제목:title 그림자:shadow
        머리카락:hair 눈동자:eye 성:castle 보트:boat 소년이:boy 캐릭터:character 별:star 병:bottle
        트럭:truck 물고기:fish 구름:cloud 텍스트:text
    """,
}


@pytest.mark.parametrize("language", MAIN)
def test_nouns_are_understood_in_the_forms_people_write(language: str) -> None:
    """Plurals, cases, accents left out, compounds and particles: more than twenty a language, all of them."""
    pairs = [pair.split(":") for pair in SAID[language].split()]
    assert len(pairs) > 20
    wrong = {word: found for word, noun in pairs if (found := english(word, language)) != noun}
    assert wrong == {}


def test_phrases_of_several_words_are_nouns_too() -> None:
    """What is one thing in several words."""
    said = {"fr": "montgolfière", "es": "globo aerostático", "it": "macchina fotografica", "ru": "воздушный шар"}
    assert [english(word, language) for language, word in said.items()] == [
        "hot air balloon", "hot air balloon", "camera", "hot air balloon",
    ]  # fmt: skip


@pytest.mark.parametrize("language", languages())
def test_every_language_knows_everyday_things(language: str) -> None:
    """Fifty languages have names of emoji; each tells a thousand nouns, but for the few that CLDR covers less."""
    from delaminate.vocabulary.languages import _table

    known, _ = _table(language)
    assert {"dog", "cat"} <= set(known.values())
    assert len(known) > 400
    assert all(meaning(noun).known for noun in set(known.values()))


def test_a_language_without_a_table_is_refused_by_name() -> None:
    """The error says what there is."""
    with pytest.raises(KeyError, match="no nouns of 'tlh'"):
        english("targh", "tlh")


def test_the_languages_of_a_word() -> None:
    """A word tells its language where no other has it."""
    assert languages_of("chien") == ("fr",)
    assert languages_of("Hund") == ("de",)
    assert languages_of("собака") == ("ru",)
    assert languages_of("개") == ("ko",)
    assert set(languages_of("banana")) >= {"en", "es", "it"}
    assert languages_of("dog")[0] == "en"


@pytest.mark.parametrize("word", ["asdfghjkl", "qwrtzp", "xkcdqq", "щщщъъъ", "", "…", "1234"])
def test_random_letters_belong_to_no_language(word: str) -> None:
    """Rules of inflection find no noun in them."""
    assert languages_of(word) == ()


def test_accents_and_scripts_are_folded() -> None:
    """Accents, umlauts, Polish and German letters, katakana, traditional signs."""
    pairs = [
        ("árbol", "es"),
        ("häuser", "de"),
        ("żółw", "pl"),
        ("straße", "de"),
        ("イヌ", "ja"),
        ("龍", "zh"),
        ("ёлка", "ru"),
    ]
    assert [folded(word, language) for word, language in pairs] == [
        "arbol", "hauser", "zolw", "strasse", "いぬ", "龙", "елка",
    ]  # fmt: skip
