/* test_chat_c4.c - C4: names with homoglyphs, bidi controls, stacked marks,
 * invisible characters and white space; which of them a guest may have, and
 * which can be taken for each other.
 */
#include "test_chat.h"

#include "chat/chat_name.h"
#include "chat/chat_reserved.h"
#include "chat/chat_skeleton.h"

/* FREE, refused as a name, or kept for those who run the site. */
typedef enum { FREE, BAD, KEPT } verdict;

static const struct {
    const char *name;
    verdict verdict;
} names[] = {
    /* Latin, and what belongs into names */
    { "Ann", FREE },
    { "Zoë", FREE },
    { "O'Brien", FREE },
    { "Jean-Luc", FREE },
    { "j.r_99", FREE },
    { "Ann (work)", FREE },
    { "Łukasz", FREE },
    { "Đặng Thị Huệ", FREE },
    { "José", FREE },
    { "Jose\xCC\x81", FREE },
    { "Ĳsbrand", FREE },
    { "Straße", FREE },
    { "Þór", FREE },
    { "Ʉber", FREE },
    { "7", FREE },
    { "42", FREE },
    { "a", FREE },
    { "1l1l1", FREE },
    /* Turkish, Azerbaijani */
    { "İbrahim", FREE },
    { "Işık", FREE },
    { "Çağlar Öz", FREE },
    { "ILGIN", FREE },
    { "Əli", FREE },
    /* Greek and Russian and their neighbours, as a whole */
    { "Γιώργος Παπαδόπουλος", FREE },
    { "ΕΛΕΝΗ", FREE },
    { "ᾠδή", FREE },
    { "Алексей Ёлкин", FREE },
    { "Анна", FREE },
    { "АННА", FREE },
    { "Сорока", FREE },
    { "Їжак", FREE },
    { "Ђорђе", FREE },
    { "Мөнх", FREE },
    { "Գրիգոր", FREE },
    { "გიორგი", FREE },
    /* Arabic, Persian, Urdu, Hebrew */
    { "محمد عبد الله", FREE },
    { "مُحَمَّد", FREE },
    { "پروانه", FREE },
    { "علی", FREE },
    { "شہباز", FREE },
    { "שרה לוי", FREE },
    { "שָׂרָה", FREE },
    { "ܫܡܥܘܢ", FREE },
    /* of India and beyond */
    { "श्रीमती प्रियंका", FREE },
    { "अमित", FREE },
    { "রবীন্দ্রনাথ", FREE },
    { "ਗੁਰਪ੍ਰੀਤ", FREE },
    { "ગીતા", FREE },
    { "தமிழ்ச்செல்வி", FREE },
    { "శ్రీను", FREE },
    { "ಕನ್ನಡ", FREE },
    { "മലയാളം", FREE },
    { "සිංහල", FREE },
    { "กิตติศักดิ์", FREE },
    { "ที่รัก", FREE },
    { "ສົມສັກ", FREE },
    { "မြင့်မြင့်", FREE },
    { "សុខា", FREE },
    { "བསྒྲུབས", FREE },
    { "አበበ", FREE },
    { "ᠮᠣᠩᠭᠣᠯ", FREE },
    /* Korean, Chinese, Japanese */
    { "김민준", FREE },
    { "\xE1\x84\x80\xE1\x85\xB5\xE1\x86\xB7", FREE },
    { "ㅋㅋ", FREE },
    { "李小龙", FREE },
    { "山田 太郎", FREE },
    { "ドラえもん", FREE },
    { "\xEF\xBE\x84\xEF\xBE\x9E\xEF\xBE\x97", FREE },
    { "𠮷野家", FREE },
    /* compatibility forms stay as they were typed */
    { "Ａｎｎ", FREE },
    { "ﬁnn", FREE },
    { "𝓐𝓷𝓷", FREE },
    { "Ⓐⓝⓝ", FREE },
    { "x²", FREE },
    /* emoji: a symbol is as good as a letter */
    { "😀", FREE },
    { "Ann 👍🏽", FREE },
    { "❤\xEF\xB8\x8F", FREE },
    { "1\xEF\xB8\x8F\xE2\x83\xA3", FREE },
    { "🇩🇪", FREE },
    { "☮ peace", FREE },
    { "★", FREE },
    /* but not those that need a joiner or tags */
    { "👨\xE2\x80\x8D👩\xE2\x80\x8D👧", BAD },
    { "🏴\xF3\xA0\x81\xA7\xF3\xA0\x81\xA2\xF3\xA0\x81\xBF", BAD },
    /* nothing, and nothing but punctuation */
    { "", BAD },
    { "...", BAD },
    { "-_-", BAD },
    { "()", BAD },
    { "+", BAD },
    { "$", BAD },
    { "。", BAD },
    /* white space */
    { " ", BAD },
    { " Ann", BAD },
    { "Ann ", BAD },
    { "Ann  Lee", BAD },
    { "Ann\xC2\xA0\xC2\xA0Lee", BAD },
    { "Ann \xE2\x80\x83Lee", BAD },
    { "\xE3\x80\x80李", BAD },
    { "Ann\tLee", BAD },
    { "Ann\nLee", BAD },
    { "Ann\rLee", BAD },
    { "Ann\xE2\x80\xA8", BAD },
    { "Ann\xE2\x80\xA9Lee", BAD },
    { "\xE1\x9A\x80", BAD },
    /* controls */
    { "Ann\x1B[2J", BAD },
    { "Ann\x07", BAD },
    { "Ann\x7F", BAD },
    { "Ann\xC2\x85", BAD },
    { "Ann\xC2\x9B", BAD },
    /* bidi */
    { "\xE2\x80\xAEnnA", BAD },
    { "\xE2\x80\xADnnA", BAD },
    { "\xE2\x80\xAA"
      "Ann\xE2\x80\xAC",
      BAD },
    { "\xE2\x81\xA6"
      "Ann\xE2\x81\xA9",
      BAD },
    { "\xE2\x81\xA7"
      "Ann",
      BAD },
    { "Ann\xE2\x80\x8E", BAD },
    { "Ann\xE2\x80\x8F", BAD },
    { "\xD8\x9C"
      "Ann",
      BAD },
    /* invisible */
    { "Ann\xE2\x80\x8B", BAD },
    { "\xE2\x80\x8B\xE2\x80\x8B\xE2\x80\x8B", BAD },
    { "An\xE2\x80\x8Cn", BAD },
    { "An\xE2\x80\x8Dn", BAD },
    { "An\xE2\x81\xA0n", BAD },
    { "An\xE2\x81\xA1n", BAD },
    { "\xEF\xBB\xBF"
      "Ann",
      BAD },
    { "An\xC2\xADn", BAD },
    { "An\xCD\x8Fn", BAD },
    { "An\xE1\xA0\x8En", BAD },
    { "An\xE1\xA0\x8Bn", BAD },
    { "\xE3\x85\xA4", BAD },
    { "Ann\xE3\x85\xA4", BAD },
    { "\xEF\xBE\xA0", BAD },
    { "\xE1\x85\x9F\xE1\x85\xA0", BAD },
    { "\xE2\xA0\x80", BAD },
    { "Ann\xE2\xA0\x80", BAD },
    { "An\xE1\x9E\xB4n", BAD },
    { "\xF0\x9D\x85\x99", BAD },
    { "Ann\xF0\x9D\x85\xB3", BAD },
    { "Ann\xF0\x93\x91\x81", BAD },
    { "Ann\xEF\xBF\xB9", BAD },
    { "Ann\xF3\xA0\x81\xA1", BAD },
    { "Ann\xF3\xA0\x84\x80", BAD },
    { "\xEF\xB8\x8F"
      "a",
      BAD },
    /* private, unassigned, no character */
    { "\xEE\x80\x80", BAD },
    { "Ann\xF3\xB0\x80\x80", BAD },
    { "Ann\xF4\x8F\xBF\xBD", BAD },
    { "Ann\xCD\xB8", BAD },
    { "Ann\xEF\xB7\x90", BAD },
    { "Ann\xEF\xBF\xBE", BAD },
    { "Ann\xEF\xBF\xBF", BAD },
    { "Ann\xF3\xAF\xBF\xBF", BAD },
    /* stacked marks */
    { "x\xCC\x80\xCC\x81", FREE },
    { "x\xCC\x80\xCC\x81\xCC\x82", BAD },
    { "a\xCC\x81\xCC\x81\xCC\x81", BAD },
    { "Z\xCC\xB4\xCC\xB5\xCC\xB6\xCC\xB7", BAD },
    { "a\xE2\x83\x9D\xE2\x83\x9D\xE2\x83\x9D", BAD },
    { "ก\xE0\xB9\x8A\xE0\xB9\x8A\xE0\xB9\x8A", BAD },
    { "\xCC\x81", BAD },
    { "\xCC\x81"
      "Ann",
      BAD },
    { "Ann \xCC\x81", BAD },
    /* too long, and just not */
    { "aaaaaaaaaabbbbbbbbbbccccccccccdd", FREE },
    { "aaaaaaaaaabbbbbbbbbbccccccccccddd", BAD },
    /* default names, and what looks like them */
    { "guest", FREE },
    { "guest-Eva", FREE },
    { "guest-7f3a", BAD },
    { "Guest-7F3A", BAD },
    { "ｇuest-7f3a", BAD },
    { "guest‐7f3a", BAD },
    { "guest－７７７７", BAD },
    { "guеst-7f3a", BAD },
    { "guest-7f3а", BAD },
    { "ɡuest-l23a", BAD },
    { "GUEST-OOOO", BAD },
    { "guest–7f3a", BAD },
    /* reserved: in any case, width, script, decoration */
    { "admin", KEPT },
    { "ADMIN", KEPT },
    { "ADMİN", KEPT },
    { "admın", KEPT },
    { "Аdmin", KEPT },
    { "аdmіn", KEPT },
    { "ａｄｍｉｎ", KEPT },
    { "adm1n", KEPT },
    { "Adm1n", KEPT },
    { "admln", KEPT },
    { "adm!n", KEPT },
    { "@dmin", KEPT },
    { "@admin", KEPT },
    { "4dm1n", KEPT },
    { "ádmín", KEPT },
    { "admin.", KEPT },
    { "[admin]", KEPT },
    { "★ admin ★", KEPT },
    { "a.d.m.i.n", KEPT },
    { "ad min", KEPT },
    { "admin2", KEPT },
    { "Admin 2", KEPT },
    { "adm1n99", KEPT },
    { "site-admin", KEPT },
    { "The Admin", KEPT },
    { "adrnin", KEPT },
    { "Administrator", KEPT },
    { "ΑDΜΙΝISTRATOR", KEPT },
    { "Moderator", KEPT },
    { "m0derat0r", KEPT },
    { "Mod", KEPT },
    { "System", KEPT },
    { "Ѕyѕtem", KEPT },
    { "$y5tem", KEPT },
    { "server", KEPT },
    { "SERVER 1", KEPT },
    { "webmaster", KEPT },
    { "管理员", KEPT },
    { "系统", KEPT },
    /* but not what only begins or ends so */
    { "Badminton", FREE },
    { "Modesty", FREE },
    { "Systematic", FREE },
    { "Serverin", FREE },
    { "Adminah", FREE },
    { "Armada", FREE },
};

/* A guest asks for `second` when another member is `first`. */
static const struct {
    const char *first;
    const char *second;
    bool taken;
} pairs[] = {
    { "Ann", "ann", true },
    { "Ann", "ＡＮＮ", true },
    { "Ann", "Аnn", true }, /* Cyrillic A */
    { "аnn", "ANN", true },
    { "Ann", "Αnn", true }, /* Greek Alpha */
    { "Ann", "𝓐𝓷𝓷", true },
    { "Carlos", "CarIos", true },
    { "Carlos", "carlоѕ", true },
    { "lan", "Ian", true },
    { "Ian", "1an", true },
    { "Ian", "ian", true },
    { "Bob", "B0b", true },
    { "Bob", "Βob", true }, /* Greek Beta */
    { "nina", "Νina", true },
    { "Helen", "Ηelen", true },
    { "modern", "modem", true },
    { "Paypal", "Раураl", true },
    { "Scope", "Ѕсоре", true },
    { "x2", "x²", true },
    { "fin", "ﬁn", true },
    { "a-b", "a‐b", true },
    { "a b", "a\xC2\xA0"
             "b",
      true },
    { "Zoë", "zoe\xCC\x88", true },
    { "АННА", "анна", true },
    { "ΗΛΙΑΣ", "ηλιας", true },
    { "Анна", "Aннa", true },
    { "❤", "❤\xEF\xB8\x8F", true },
    { "김민준", "\xE1\x84\x80\xE1\x85\xB5\xE1\x86\xB7민준", true },
    /* other names */
    { "Ann", "Anna", false },
    { "Ann", "Ànn", false },
    { "Ann", "Анн", false },
    { "Anna", "Анна", false },
    { "Ali", "All", false },
    { "ian", "lan", false },
    { "Иван", "Ivan", false },
    { "Γιώργος", "Georgos", false },
    { "李", "理", false },
    { "محمد", "محمود", false },
    { "😀", "😁", false },
    { "Zoe", "Zoë", false },
    { "user1", "user2", false },
};

static void default_keys(uint64_t keys[CHAT_RESERVED_MOST])
{
    const char *words = CHAT_RESERVED_DEFAULT;

    for (int i = 0; *words; i++) {
        size_t size = strcspn(words, " ");

        assert_in_range(i, 0, CHAT_RESERVED_MOST - 1);
        keys[i] = chat_reserved_key(words, size);
        words += size + (words[size] == ' ');
    }
}

static verdict verdict_of(const char *name)
{
    uint64_t keys[CHAT_RESERVED_MOST] = { 0 };
    base_bytes normal = BASE_BYTES_INIT;
    verdict found = FREE;

    default_keys(keys);
    if (chat_name_check(name, strlen(name), &normal) != CHAT_OK) {
        found = BAD;
    }
    else if (chat_reserved_name(normal.data, normal.len, keys)) {
        found = KEPT;
    }
    base_bytes_free(&normal);
    return found;
}

static void test_c4_every_name_has_its_verdict(void **state)
{
    (void)state;
    assert_in_range(COUNT(names), 150, 1000);
    for (size_t i = 0; i < COUNT(names); i++) {
        if (verdict_of(names[i].name) != names[i].verdict) {
            fail_msg("%d instead of %d: %s", verdict_of(names[i].name),
                     names[i].verdict, names[i].name);
        }
    }
}

typedef void form_fn(const void *name, size_t size, base_bytes *out);

static bool same(form_fn *form, const char *one, const char *other)
{
    base_bytes first = BASE_BYTES_INIT;
    base_bytes second = BASE_BYTES_INIT;
    bool equal;

    form(one, strlen(one), &first);
    form(other, strlen(other), &second);
    equal = first.len == second.len
            && memcmp(first.data, second.data, first.len) == 0;
    base_bytes_free(&first);
    base_bytes_free(&second);
    return equal;
}

static void test_c4_names_that_look_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        bool taken = same(chat_name_key, pairs[i].first, pairs[i].second)
                     || same(chat_skeleton_write, pairs[i].first,
                             pairs[i].second);

        if (taken != pairs[i].taken) {
            fail_msg("%d instead of %d: %s, %s", taken, pairs[i].taken,
                     pairs[i].first, pairs[i].second);
        }
    }
}

/* A skeleton's skeleton is the skeleton, for all good names. */
static void test_skeleton_is_stable(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        base_bytes once = BASE_BYTES_INIT;
        base_bytes twice = BASE_BYTES_INIT;

        chat_skeleton_write(names[i].name, strlen(names[i].name), &once);
        chat_skeleton_write(once.data, once.len, &twice);
        assert_int_equal(once.len, twice.len);
        assert_memory_equal(once.data ? once.data : (void *)"",
                            twice.data ? twice.data : (void *)"", once.len);
        base_bytes_free(&once);
        base_bytes_free(&twice);
    }
}

/* The short way for ASCII does what the table does: a character behind which
 * another one stands goes by the table. */
static void test_skeleton_of_ascii(void **state)
{
    (void)state;
    for (char byte = ' '; byte < 0x7F; byte++) {
        base_bytes quick = BASE_BYTES_INIT;
        base_bytes slow = BASE_BYTES_INIT;
        char name[] = { byte, (char)0xE6, (char)0x9D, (char)0x8E, '\0' };

        chat_skeleton_write(name, 1, &quick);
        chat_skeleton_write(name, 4, &slow);
        base_bytes_append_text(&quick, name + 1);
        base_bytes_append(&quick, "", 1);
        check_bytes(&slow, (const char *)quick.data);
        base_bytes_free(&quick);
    }
}

static void test_reserved_words_of_the_site(void **state)
{
    uint64_t keys[CHAT_RESERVED_MOST] = { 0 };

    (void)state;
    assert_false(chat_reserved_name("admin", 5, keys));
    keys[3] = chat_reserved_key("The Boss", 8);
    keys[4] = chat_reserved_key("админ", 10);
    keys[5] = chat_reserved_key("agent47", 7);
    assert_false(chat_reserved_name("admin", 5, keys));
    assert_true(chat_reserved_name("the b0ss", 8, keys));
    assert_true(chat_reserved_name("TheBoss!", 8, keys));
    assert_false(chat_reserved_name("Boss", 4, keys));
    assert_true(chat_reserved_name("АДМИН", 10, keys));
    assert_true(chat_reserved_name("Agent 47", 8, keys));
    assert_false(chat_reserved_name("Agent", 5, keys));
    assert_int_equal(chat_reserved_key("...", 3), 0);
    assert_int_equal(chat_reserved_key("", 0), 0);
    assert_int_not_equal(chat_reserved_key("x", 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_c4_every_name_has_its_verdict),
        cmocka_unit_test(test_c4_names_that_look_alike),
        cmocka_unit_test(test_skeleton_is_stable),
        cmocka_unit_test(test_skeleton_of_ascii),
        cmocka_unit_test(test_reserved_words_of_the_site),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
