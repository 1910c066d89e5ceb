/* Russian.  Loaded by strings.js. */

const rules = new Intl.PluralRules('ru');

function choose(n, one, few, many) {
    return { one, few }[rules.select(n)] ?? many;
}

export default {
    lang: 'ru',
    dir: 'ltr',
    otherRooms: 'Другие комнаты',
    messages: 'Сообщения',
    empty: 'Сообщений пока нет. Поздоровайтесь!',
    yourMessage: 'Ваше сообщение',
    placeholder: 'Напишите сообщение',
    send: 'Отправить',
    changeName: 'Изменить имя',
    nameLabel: 'Имя, которое видят другие',
    cancel: 'Отмена',
    save: 'Сохранить',
    you: 'вы',
    guestName: (tag) => `гость-${tag}`,

    connecting: 'Подключение…',
    online: 'Подключено',
    waiting: 'Связь потеряна, повторяем…',
    closed: 'Отключено',
    people: (n) => `${n} ${choose(n, 'человек', 'человека', 'человек')} здесь`,
    newMessages: (n) => `${n} ${choose(n, 'новое сообщение',
        'новых сообщения', 'новых сообщений')}`,
    newFromHere: 'Новые',
    renamed: (old, now) => `${old} теперь ${now}`,
    typing: (names) => {
        if (names.length > 2) {
            return 'Несколько человек печатают…';
        }
        return names.length === 1 ? `${names[0]} печатает…`
            : `${names[0]} и ${names[1]} печатают…`;
    },
    gap: 'Здесь не хватает сообщений.',
    gone: 'Сообщения по этой ссылке здесь больше нет.',
    loading: 'Загружаются более ранние сообщения…',
    newest: 'К последнему сообщению',
    guest: 'гость',
    verified: 'подтверждён',
    moderator: 'модератор',

    notices: 'Уведомления',
    noticesHint: 'Пока вы в другом окне, новые сообщения',
    noticeTitle: 'считаются в заголовке',
    noticeSound: 'сопровождаются тихим звуком',
    noticeDesktop: 'показывать как уведомления',
    noticeNever: 'никогда',
    noticeNamed: 'если упомянули меня',
    noticeAll: 'всегда',
    noticeBlocked: 'Браузер не разрешает этому сайту показывать уведомления.',
    noticeFrom: (name, room) => `${name} — ${room}`,

    chat: 'Чат',
    closeChat: 'Закрыть чат',
    notLoaded: 'Не удалось загрузить чат.',

    personMenu: (name) => `${name}: ещё`,
    mention: (name) => `Упомянуть: ${name}`,
    ignore: (name) => `Скрыть сообщения: ${name}`,
    stopIgnoring: (name) => `Показать сообщения: ${name}`,
    ignored: 'Скрытые в этом браузере',
    suggestions: 'Имена',
    suggested: (n) => `Имён: ${n}`,

    emoji: 'Эмодзи',
    searchEmoji: 'Поиск эмодзи',
    recentEmoji: 'Недавние',
    noEmoji: 'Ничего не найдено',
    emojiGroups: [
        'Лица', 'Люди', 'Животные и природа', 'Еда и напитки', 'Путешествия',
        'Занятия', 'Предметы', 'Символы', 'Флаги',
    ],

    sending: 'Отправка…',
    notSent: 'Не отправлено',
    tryAgain: 'Повторить',
    remove: 'Удалить',
    size: (bytes, limit) => `${bytes} из ${limit} байт`,
    retryIn: (n) => `Слишком быстро. Повтор через ${n} с.`,
    gaveUp: 'Сервер не подтвердил это сообщение.',

    chooseRoom: 'Выберите комнату',
    roomHint: 'Все, кто открывает одно имя, встречаются в одной комнате.',
    roomName: 'Имя комнаты',
    enter: 'Войти',
    badRoom: 'Такое имя не подходит. Выберите короткое имя без косой черты.',
    openRooms: 'Открытые комнаты',
    compare: 'Сколько стоят polling, SSE и WebSocket: измерено',
    check: 'Работает ли чат отсюда?',

    errors: {
        bad_text: 'В тексте есть символы, которые нельзя отправить.',
        empty: 'Нечего отправлять.',
        too_long: 'Сообщение слишком длинное.',
        bad_name: 'В имени от 1 до 32 букв или цифр.',
        name_taken: 'Это имя занято или зарезервировано.',
        rate_limited: 'Слишком быстро. Подождите немного.',
        read_only: 'Здесь можно читать, но не писать.',
        forbidden: 'Это вам не разрешено.',
        not_found: 'Такой комнаты нет.',
        bad_room: 'Такой комнаты нет.',
        rooms_full: 'На сервере нет места для ещё одной комнаты.',
        offline: 'Сейчас нет связи.',
    },
};
