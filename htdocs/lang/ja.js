/* Japanese.  Loaded by strings.js. */

export default {
    lang: 'ja',
    dir: 'ltr',
    otherRooms: 'ほかのルーム',
    messages: 'メッセージ',
    empty: 'まだメッセージはありません。あいさつしてみましょう！',
    yourMessage: 'メッセージの入力',
    placeholder: 'メッセージを入力',
    send: '送信',
    changeName: '名前を変更',
    nameLabel: 'ほかの人に表示される名前',
    cancel: 'キャンセル',
    save: '保存',
    you: 'あなた',
    guestName: (tag) => `ゲスト-${tag}`,

    connecting: '接続中…',
    online: '接続済み',
    waiting: '接続が切れました。再接続しています…',
    closed: '切断されました',
    people: (n) => `${n} 人が参加中`,
    newMessages: (n) => `新着メッセージ ${n} 件`,
    newFromHere: '新着',
    renamed: (old, now) => `${old} さんが名前を ${now} に変更しました`,
    typing: (names) => {
        if (names.length > 2) {
            return '何人かが入力中…';
        }
        return names.length === 1 ? `${names[0]} さんが入力中…`
            : `${names[0]} さんと ${names[1]} さんが入力中…`;
    },
    gap: 'ここに表示されないメッセージがあります。',
    gone: 'リンク先のメッセージはもうありません。',
    loading: '以前のメッセージを読み込んでいます…',
    newest: '最新のメッセージへ',
    guest: 'ゲスト',
    verified: '認証済み',
    moderator: 'モデレーター',

    askName: 'ほかの人に表示する名前を教えてください',
    notNow: 'あとで',
    nameTaken: 'この名前、またはよく似た名前は使用中か、予約されています。',
    nameRefused: (now) => '選んだ名前はここでは使用中か、予約されています。'
        + `ここでの名前は ${now} です。`,
    nameLost: (old, now) => `${old} さん本人がログインしたため、`
        + `あなたの名前は ${now} になりました。`,

    noNetwork: 'オフラインです',
    restarting: 'サーバーを再起動しています…',
    nextTry: (n) => `${n} 秒後に再接続します`,
    tryNow: '今すぐ再接続',
    reconnect: '再接続',
    logInToJoin: 'ログインして参加',
    logInToWrite: 'ログインして書き込む',
    testConnection: '接続を確認する',
    refusals: {
        login_required: 'このルームに入るにはログインが必要です。',
        forbidden: 'このルームには入れません。',
        not_found: 'このルームはありません。',
        bad_room: 'このルームはありません。',
    },

    notices: '通知',
    noticesHint: 'ほかの画面を見ている間の新着を',
    noticeTitle: 'タイトルに件数で表示する',
    noticeSound: '小さな音で知らせる',
    noticeDesktop: '通知を表示',
    noticeNever: '表示しない',
    noticeNamed: '自分宛てのみ',
    noticeAll: 'すべて',
    noticeBlocked: 'ブラウザーがこのサイトの通知を許可していません。',
    noticeFrom: (name, room) => `${name}（${room}）`,

    chat: 'チャット',
    closeChat: 'チャットを閉じる',
    notLoaded: 'チャットを読み込めませんでした。',

    personMenu: (name) => `${name}、その他`,
    mention: (name) => `${name} さんにメンション`,
    ignore: (name) => `${name} さんを非表示にする`,
    stopIgnoring: (name) => `${name} さんを再び表示する`,
    ignored: 'このブラウザーで非表示の人',
    suggestions: '名前',
    suggested: (n) => `${n} 件の名前`,

    emoji: '絵文字',
    searchEmoji: '絵文字を検索',
    recentEmoji: '最近使ったもの',
    noEmoji: '見つかりません',
    emojiGroups: [
        '顔', '人', '動物と自然', '飲食物', '旅行', '活動', 'もの', '記号', '旗',
    ],

    sending: '送信中…',
    notSent: '送信できませんでした',
    tryAgain: '再送信',
    remove: '削除',
    left: (n) => `残り ${n} 文字`,
    tooMany: (n) => `${n} 文字超過しています`,
    retryIn: (n) => `送信が速すぎます。${n} 秒後に再送信します。`,
    gaveUp: 'サーバーから受信の確認がありませんでした。',

    chooseRoom: 'ルームを選ぶ',
    roomHint: '同じ名前を開いた人が同じルームに集まります。',
    roomName: 'ルームの名前',
    enter: '入室',
    badRoom: 'この名前は使えません。スラッシュを含まない短い名前にしてください。',
    openRooms: '使用中のルーム',
    emptyRooms: (n) => `誰もいないルーム（${n}）`,
    check: 'チャットの接続テスト',

    errors: {
        bad_text: '送信できない文字が含まれています。',
        empty: '送信する内容がありません。',
        too_long: 'メッセージが長すぎます。',
        bad_name: '名前は 1～32 文字にしてください。',
        name_taken: 'この名前は使用中か、予約されています。',
        rate_limited: '操作が速すぎます。少し待ってからお試しください。',
        read_only: 'ここでは読むことだけができます。',
        forbidden: 'この操作は許可されていません。',
        not_found: 'このルームはありません。',
        bad_room: 'このルームはありません。',
        rooms_full: 'サーバーにはこれ以上ルームを作れません。',
        offline: '現在接続されていません。',
    },
};
