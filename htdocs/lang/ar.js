/* Arabic.  Loaded by strings.js. */

const rules = new Intl.PluralRules('ar');

function choose(n, zero, one, two, few, many, other) {
    return { zero, one, two, few, many, other }[rules.select(n)];
}

export default {
    lang: 'ar',
    dir: 'rtl',
    otherRooms: 'غرف أخرى',
    messages: 'الرسائل',
    empty: 'لا توجد رسائل بعد. قل مرحبًا!',
    yourMessage: 'رسالتك',
    placeholder: 'اكتب رسالة',
    send: 'إرسال',
    changeName: 'تغيير الاسم',
    nameLabel: 'الاسم الذي يراه الآخرون',
    cancel: 'إلغاء',
    save: 'حفظ',
    you: 'أنت',
    guestName: (tag) => `زائر-${tag}`,

    connecting: 'جارٍ الاتصال…',
    online: 'متصل',
    waiting: 'انقطع الاتصال، تجري إعادة المحاولة…',
    closed: 'غير متصل',
    people: (n) => choose(n, 'لا أحد هنا', 'شخص واحد هنا', 'شخصان هنا',
        `${n} أشخاص هنا`, `${n} شخصًا هنا`, `${n} شخص هنا`),
    newMessages: (n) => choose(n, 'لا رسائل جديدة', 'رسالة جديدة واحدة',
        'رسالتان جديدتان', `${n} رسائل جديدة`, `${n} رسالة جديدة`,
        `${n} رسالة جديدة`),
    newFromHere: 'جديد',
    renamed: (old, now) => `${old} أصبح اسمه ${now}`,
    typing: (names) => {
        if (names.length > 2) {
            return 'عدة أشخاص يكتبون…';
        }
        return names.length === 1 ? `${names[0]} يكتب…`
            : `${names[0]} و${names[1]} يكتبان…`;
    },
    gap: 'بعض الرسائل مفقودة هنا.',
    gone: 'هذه الرسالة لم تعد متاحة.',
    loading: 'جارٍ تحميل الرسائل الأقدم…',
    newest: 'إلى أحدث رسالة',
    guest: 'زائر',
    verified: 'موثّق',
    moderator: 'مشرف',

    askName: 'بأي اسم يناديك الآخرون؟',
    notNow: 'ليس الآن',
    nameTaken: 'هذا الاسم، أو اسم يشبهه كثيرًا، مستخدم أو محجوز.',
    nameRefused: (now) => 'الاسم الذي اخترته مستخدم أو محجوز هنا.'
        + ` اسمك هنا ${now}.`,
    nameLost: (old, now) => `سجّل ${old} الدخول والاسم له.`
        + ` اسمك الآن ${now}.`,

    noNetwork: 'أنت غير متصل بالشبكة',
    restarting: 'يُعاد تشغيل الخادم…',
    nextTry: (n) => `إعادة المحاولة بعد ${n} ث`,
    tryNow: 'حاول الآن',
    reconnect: 'حاول مجددًا',
    logInToJoin: 'سجّل الدخول للمشاركة',
    logInToWrite: 'سجّل الدخول للكتابة',
    testConnection: 'اختبر الاتصال',
    refusals: {
        login_required: 'هذه الغرفة لمن سجّلوا الدخول.',
        forbidden: 'لا يمكنك دخول هذه الغرفة.',
        not_found: 'لا توجد غرفة كهذه.',
        bad_room: 'لا توجد غرفة كهذه.',
    },

    notices: 'الإشعارات',
    noticesHint: 'عندما تكون في مكان آخر، الرسائل الجديدة',
    noticeTitle: 'تُعدّ في العنوان',
    noticeSound: 'تُصدر صوتًا خافتًا',
    noticeDesktop: 'تظهر كإشعارات',
    noticeNever: 'أبدًا',
    noticeNamed: 'عند ذكر اسمي فقط',
    noticeAll: 'دائمًا',
    noticeBlocked: 'لا يسمح المتصفح لهذا الموقع بعرض الإشعارات.',
    noticeFrom: (name, room) => `${name} في ${room}`,

    chat: 'الدردشة',
    closeChat: 'إغلاق الدردشة',
    notLoaded: 'تعذّر تحميل الدردشة.',

    personMenu: (name) => `${name}، المزيد`,
    mention: (name) => `ذكر ${name}`,
    ignore: (name) => `تجاهل ${name}`,
    stopIgnoring: (name) => `إلغاء تجاهل ${name}`,
    ignored: 'متجاهَلون في هذا المتصفح',
    suggestions: 'الأسماء',
    suggested: (n) => `عدد الأسماء: ${n}`,

    emoji: 'الرموز التعبيرية',
    searchEmoji: 'البحث في الرموز التعبيرية',
    recentEmoji: 'المستخدمة مؤخرًا',
    noEmoji: 'لا توجد نتائج',
    emojiGroups: [
        'وجوه', 'أشخاص', 'حيوانات وطبيعة', 'طعام وشراب', 'سفر', 'أنشطة',
        'أشياء', 'رموز', 'أعلام',
    ],

    sending: 'جارٍ الإرسال…',
    notSent: 'لم تُرسل',
    tryAgain: 'إعادة المحاولة',
    remove: 'إزالة',
    left: (n) => `المتبقي من الأحرف: ${n}`,
    tooMany: (n) => `الأحرف الزائدة: ${n}`,
    retryIn: (n) => `الإرسال سريع جدًا. ستُعاد المحاولة بعد ${n} ث.`,
    gaveUp: 'لم يؤكد الخادم هذه الرسالة.',

    chooseRoom: 'اختر غرفة',
    roomHint: 'كل من يفتح الاسم نفسه يلتقي في الغرفة نفسها.',
    roomName: 'اسم الغرفة',
    enter: 'دخول',
    badRoom: 'لا يصلح هذا الاسم لغرفة. استخدم اسمًا قصيرًا بلا شرطة مائلة.',
    openRooms: 'الغرف النشطة',
    emptyRooms: (n) => `الغرف الفارغة: ${n}`,
    check: 'هل تعمل الدردشة من هنا؟',

    errors: {
        bad_text: 'في النص رموز لا يمكن إرسالها.',
        empty: 'لا يوجد ما يُرسل.',
        too_long: 'هذه الرسالة طويلة جدًا.',
        bad_name: 'الاسم من 1 إلى 32 حرفًا أو رقمًا.',
        name_taken: 'هذا الاسم مستخدم أو محجوز.',
        rate_limited: 'محاولات كثيرة جدًا. انتظر لحظة.',
        read_only: 'يمكنك القراءة هنا، لا الكتابة.',
        forbidden: 'لا يُسمح لك بهذا.',
        not_found: 'لا توجد غرفة كهذه.',
        bad_room: 'لا توجد غرفة كهذه.',
        rooms_full: 'لا يتسع الخادم لغرفة أخرى.',
        offline: 'لا يوجد اتصال حاليًا.',
    },
};
