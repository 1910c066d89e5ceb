/* Japanese, of the comparison page. Loaded by compare/strings.js. */

export default {
    lang: 'ja',
    dir: 'ltr',
    units: ['B', 'KB', 'MB', 'GB', 'TB', 'PB'],
    delays: ['ms', '秒'],
    title: 'チャットの 1 メッセージにかかる通信量は？',
    lead: '同じメッセージを同時に 5 つの方式で配信し、すべてのバイトを'
        + 'サーバーのカーネルで計測します。',
    start: '開始',
    stop: '停止',
    skip: '次へ',
    takeOver: '自分で試す',
    reset: 'リセット',
    guided: (n) => `デモ（${n} 秒）`,

    ways: { poll: 'ポーリング', longpoll: 'ロングポーリング',
        sse: 'Server-Sent Events', websocket: 'WebSocket',
        deflate: 'WebSocket（圧縮）' },
    short: { poll: 'ポーリング', longpoll: 'ロングポーリング', sse: 'SSE',
        websocket: 'WebSocket', deflate: 'WS + deflate' },
    how: {
        poll: (seconds) => `${seconds} 秒ごとにリクエスト`,
        longpoll: () => '新着までレスポンスを保留',
        sse: () => '終わらない 1 つのレスポンス',
        websocket: () => '開いたままの 1 本の接続',
        deflate: () => '同じ接続に permessage-deflate',
    },
    lost: '切断されました。再接続しています',
    times: (ratio) => `WebSocket の ${ratio} 倍`,
    received: (n) => `${n} 件受信`,
    opened: (bytes) => `接続（最初の 1 回のみ）: ${bytes}`,
    openedRow: '接続（最初の 1 回のみ）',
    chart: (name, bytes, seconds) => `${name}: ${seconds} 秒間で ${bytes}`,
    legendArea: '実際に送受信したバイト数（往復の合計、5 つとも同じ目盛り）',
    legendEmpty: '新着のないレスポンス',
    legendFull: 'メッセージの到着',

    which: '数値の対象',
    steps: { quiet: '発言なし', one: '1 件だけ', busy: '毎秒 1 件',
        free: '自分で選択', all: '全体' },
    left: (n) => `残り ${n} 秒`,

    measuring: '接続しています…',
    said: (n, seconds) => (n === 0 ? `${seconds} 秒間、発言はありません。`
        : `${seconds} 秒間に ${n} 件。`),
    cost: (poll, socket, verdict) => `*poll:ポーリング ${poll}*、`
        + `*websocket:WebSocket ${socket}*${verdict}`,
    less: (ratio) => `（ポーリングは ${ratio} 倍）。`,
    same: '（ほぼ同じ）。',
    more: (ratio) => `（WebSocket は ${ratio} 倍）。`,
    noRatio: '。',
    late: (poll, socket) => `届くまでの時間（中央値）: ポーリング ${poll}、`
        + `WebSocket ${socket}。`,

    pairTitle: 'ヘッダーは毎回か、ほぼ不要か',
    pairPolling: 'ポーリング',
    bytes: (n) => `${n} バイト`,
    pairQuestion: 'のヘッダーを、新着がなくてもリクエストのたびに送信',
    pairPacked: (n) => 'のヘッダーを、新着がなくてもリクエストのたびに送信'
        + `（HTTP/2 の圧縮で約 ${n} バイト）`,
    pairMessage: 'のヘッダーがメッセージごとに付くだけ',
    pairSilence: '発言がなければ通信なし',
    pairPost: (n) => `送信時: メッセージごとに ${n} バイト（POST のヘッダー）`,
    pairSent: (n) => `送信時: メッセージごとに ${n} バイト（フレームのヘッダー）`,

    barsMessage: 'メッセージ 1 件あたりの通信量とその内訳',
    barsSilence: (n) => `発言のない ${n} 秒間の通信量とその内訳`,
    parts: { text: '本文', json: 'JSON', head: 'HTTP・フレームのヘッダー',
        record: 'TLS', packet: 'TCP/IP ヘッダー' },
    barsNote: 'HTTP/2: これらの方式は 1 本の接続を共有します。それぞれのバイト数は'
        + '実測値、TLS と TCP/IP の分は比率で割り振った推定値です。',
    packedNever: 'サーバーとブラウザーの間で圧縮の合意がないため、'
        + '2 つの WebSocket の通信量は同じです。',
    packedNot: (size, least) => `ここではメッセージの JSON は ${size} バイト。`
        + `サーバーが圧縮するのは ${least} バイトからなので、`
        + '2 つの WebSocket の通信量は同じです。差を見るには本文を'
        + '長くしてください。',
    packed: (size, least) => `ここではメッセージの JSON は ${size} バイトで、${least} バイト`
        + '以上なので、サーバーは WS + deflate では圧縮して送ります。本文と JSON は'
        + 'まとめて圧縮されるため、図では圧縮前の比率で分けています。',
    barsSend: 'メッセージ 1 件の送信にかかる通信量',
    send: { post: 'POST', frame: 'フレーム' },

    keep: '測定結果',
    share: '結果へのリンク',
    picture: '画像で保存',
    save: 'CSV で保存',
    link: 'リンク',
    linkCopied: 'コピーしました。',
    linkSelected: '選択しました。Ctrl+C または長押しでコピーしてください。',
    linked: (when, protocol) => 'この数値は開いたリンクに含まれていたもので、'
        + `今回の測定ではありません（${when}、${protocol} で測定）。`,
    pictureHeads: (question, frame) => `ヘッダー: ポーリングはリクエストごとに `
        + `${question} バイト、WebSocket はメッセージごとに ${frame} バイト`,

    settings: '試してみる',
    interval: 'ポーリングの間隔',
    seconds: (n) => `${n} 秒`,
    rate: 'メッセージの頻度',
    rates: { 0: 'なし', 1: '1 件/分', 10: '10 件/分', 60: '60 件/分',
        180: '多い' },
    size: '本文の長さ',
    extra: 'リクエストごとの Cookie',

    visitorsTitle: '訪問者が増えると？',
    visitors: '同時接続の訪問者数',
    visitorsCount: (text) => `${text} 人`,
    visitorsNote: (text, n, pace) => `${text} 人が 1 つのルームに 30 日間ずっと`
        + `接続し、この測定と同じペースの場合（${pace}）。実測したバイト数と`
        + 'リクエスト数から計算。接続は開いたままとします。',
    pace: (n, seconds, interval) => (n === 0 ? `${seconds} 秒間に 0 件`
        : `${seconds} 秒間に ${n} 件`) + `、ポーリングは ${interval} 秒ごと`,
    month: { bytes: '1 か月の通信量', requests: '1 か月のリクエスト数',
        second: '毎秒のリクエスト数' },

    table: 'この測定の数値',
    rows: {
        wire_sent: 'ブラウザーへのバイト数',
        wire_received: 'ブラウザーからのバイト数',
        packets_sent: 'ブラウザーへのパケット数',
        packets_received: 'ブラウザーからのパケット数',
        requests: '処理したリクエスト数',
        empty: 'うち新着なし',
        messages: '届いたメッセージ数',
        each: 'メッセージあたりの通信量',
        share: 'うち本文の割合',
        delay: '遅延（中央値）',
    },

    noMeter: 'このサーバーでは測定できません。_chatws/meter から応答が'
        + 'ありません。何も計測しません。',
    noPlace: '現在、測定中の訪問者が上限に達しています。1 分ほど待ってから'
        + 'もう一度お試しください。',
    noSocket: 'この環境からは WebSocket で接続できないため、比較できません。'
        + '何も計測しません。',
    noticeLink: '原因を調べる',
    hidden: 'ページが非表示になったため、送信と計測を終了しました。'
        + '数値はその時点までのものです。',

    handshake: 'WebSocket 接続の始まり: 今回の実際の通信',
    handshakeText: 'WebSocket は通常の HTTP リクエストで始まります。サーバーが '
        + '101 を返すと、以後その接続ではフレームだけをやり取りします。下の'
        + 'ヘッダーを送るのは 1 回だけです。ポーリングではリクエストのたびに'
        + '送ります。',
    once: (bytes) => `WebSocket: ${bytes} バイト、1 回のみ`,
    answerOnce: (bytes) => `サーバーのレスポンス: ${bytes} バイト、1 回のみ`,
    every: (bytes) => `ポーリング: ${bytes} バイト、リクエストのたび`,
    everyPacked: (bytes) => `ポーリング: リクエストのたびに ${bytes} バイト、`
        + 'HTTP/2 が圧縮',
    everyNote: 'このページが数値を取得したリクエストのヘッダーが、サーバーに'
        + '届いたままの形です。ポーリングとの違いは URL だけです。'
        + '秘密の値は伏せてあります。',
    accept: 'サーバーは要求を理解したことを証明します。Sec-WebSocket-Accept は、'
        + 'キーと RFC の固定文字列をつないだものの SHA-1 を base64 で表した値です。',
    acceptTrue: 'このページが上のキーから計算し直した結果: 一致。',
    acceptFalse: 'このページが上のキーから計算し直した結果: 不一致！',
    waitHandshake: 'WebSocket が開くと表示されます。',

    frame: 'フレームを 1 バイトずつ見る',
    frameText: (bytes, payload) => `このページは ${payload} バイトのテキストを `
        + `${bytes} バイトのフレームで送信しました。サーバーに届いた形です。`,
    field: 'フィールド',
    bits: '実際のバイト',
    meaning: '意味',
    fin: (set) => (set ? 'このメッセージの最後のフレーム'
        : 'このメッセージのフレームが続く'),
    rsv: '拡張は未使用',
    opcodes: { 1: 'テキスト', 2: 'バイナリー', 8: 'クローズ', 9: 'ping',
        10: 'pong' },
    masked: 'マスクあり（ブラウザーからのフレームは必ず）',
    unmasked: 'マスクなし',
    length: 'ペイロード長',
    lengthMeans: (n) => `${n} バイト`,
    maskKey: 'マスクキー',
    keyMeans: 'ブラウザーが作る 4 バイトの乱数。フレームごとに変わる',
    payload: 'ペイロード',
    payloadMeans: '各バイトとキーのバイトを順に XOR:',
    unmaskTable: 'マスクの解除: バイト、キー、結果、文字',
    serverFrame: (header, n, total) => `同じ ${n} バイトでも、サーバーから送る`
        + `ときのヘッダーは ${header} だけです。FIN とオペコード、そして長さ。`
        + `マスクはなく、合計 ${total} バイトです。`,
    serverMessage: (header, n, size) => 'この測定の最後のメッセージは、本文 '
        + `${size} バイトに対して JSON が ${n} バイト。フレームの先頭は `
        + `${header} でした。`,

    counted: '何を、誰が数えているか',
    countedList: [
        'サーバーのカーネル（TCP_INFO）が、今回の接続やリクエストごとに数えます。'
            + 'ページ自身が数えるのはメッセージの件数と遅延だけです。',
        '接続を開くための通信量は別に示し、ほかの数値には含めません。動作中に'
            + '接続を何度も開く方式（HTTP/1.1 のロングポーリングの一部など）では、'
            + 'その分も含めます。',
        'TCP が運ぶバイト（https では TLS を含む）と、全パケットの IP・TCP '
            + 'ヘッダーを数えます。確認応答、接続の開始と終了、ping も含みます。'
            + 'イーサネットや Wi-Fi の分は含みません。',
        'メッセージを送る POST と、ページが数値を取得するリクエストは、どの列にも'
            + '含めません。在室や入力中の通知は通信量に入りますが、メッセージとは'
            + '数えません。',
        '上のハンドシェイクとフレームは、今回の別の接続のもので、どの列にも'
            + '含めません。',
        'WebSocket は本文、JSON、ヘッダーを区別できるよう圧縮を求めません。圧縮する'
            + 'ほうは、それ以外はまったく同じです。メッセージは英語の文で、'
            + '1 件の中に同じ文は 2 度現れません。',
        'POST のヘッダーの大きさは、上のヘッダーから計算します。ブラウザーは同じで、'
            + 'URL が異なり、ボディーに必要な行が加わります。',
        '遅延は、POST の直前からページがメッセージを受け取るまでの時間です'
            + '（ブラウザーの時計による）。',
        '1 KB = 1,000 バイト。',
    ],
    protocol: (name) => `このページは ${name} を使用`,
    h1: 'HTTP/1.1: ポーリングのたびにヘッダーをすべて送ります。接続は次の'
        + 'ポーリングまで開いたままです。保留されたロングポーリングは、'
        + 'レスポンスとともに接続を閉じることがあり（TLS では必ず）、そのときは'
        + '次回に新しい接続を開きます。',
    h2: 'HTTP/2: ポーリング、ロングポーリング、イベントストリームは、ページの'
        + 'ほかの通信と 1 本の接続を共有し、繰り返すヘッダーは数バイトになります'
        + '（HPACK）。そのためポーリングは HTTP/1.1 より少なく済みます。'
        + '各ストリームのフレームは正確に数え、共有するパケットに TLS と TCP/IP が'
        + '加える分は比率で割り振ります。WebSocket はそれぞれ専用の接続を使います。',
    proxy: (hop) => `ブラウザーは途中のプロキシーと ${hop} で通信しています。`
        + '数えているのはプロキシーとサーバーの間の通信です。',
};
