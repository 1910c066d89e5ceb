/* httpd_streams.c - see httpd_streams.h. */
#include "httpd/traffic/httpd_streams.h"

#include "base/base_share.h"
#include "httpd/httpd_connection.h"
#include "httpd/leave/httpd_tls.h"

#define END_HEADERS 4 /* a flag: no continuation follows */

/* What is around frames is shared out as if each had as many bytes more: a
 * record and a packet often have just one, and of long ones they have parts. */
#define FRAME_WEIGHT 1400

#define KEPT 8       /* streams that have ended */
#define OPEN_MOST 256 /* each frame is looked for among all */
#define GOLDEN 0.618 /* spreads evenly */

/* What has passed of a stream and is not settled. */
typedef struct stream {
    struct stream *next;
    uint32_t id;
    uint64_t in;
    uint64_t out;
    uint64_t in_weight;  /* in the shares of what is around the frames */
    uint64_t out_weight;
    base_traffic early;  /* settled before it was marked */
    bool marked;
    bool counted; /* as a request */
    bool opening; /* of an event stream: its hello has not been sent */
    bool told;    /* a first DATA frame has been sent */
    bool ending;  /* the last frame has begun */
    bool ended;
    httpd_account_owner owner;
} stream;

struct httpd_streams {
    apr_pool_t *pool;
    http_frames in;
    http_frames out;
    stream *open;
    unsigned count;       /* of these */
    stream *spare;
    uint32_t newest;
    uint32_t first;       /* the stream that the connection was opened for */
    bool opened;          /* `opening` is known */
    bool due;
    bool over;            /* nothing is waited for */
    bool keyed;           /* a meter wants to know it live */
    unsigned reads;       /* of records, since the last settling */
    unsigned record;      /* bytes that TLS adds to each */
    bool watched;         /* a stream was marked: somebody wants to know */
    base_traffic opening;
    base_share_rest sent;
    base_share_rest received;
    double phase;         /* see base_share */
    bool latest_marked;   /* whose a rest without frames is */
    httpd_account_owner latest;
};

httpd_streams *httpd_streams_create(apr_pool_t *pool)
{
    httpd_streams *streams = apr_pcalloc(pool, sizeof(*streams));

    streams->pool = pool;
    streams->in.skip = sizeof(HTTP_FRAMES_PREFACE) - 1;
    return streams;
}

static stream *find(const httpd_streams *streams, uint32_t id)
{
    stream *at = streams->open;

    while (at && at->id != id) {
        at = at->next;
    }
    return at;
}

/* A client begins a stream. NULL: one too many. */
static stream *begin(httpd_streams *streams, uint32_t id)
{
    stream *made = streams->spare;

    if (streams->count == OPEN_MOST) {
        return NULL;
    }
    streams->count++;
    streams->spare = made ? made->next : NULL;
    made = made ? made : apr_palloc(streams->pool, sizeof(*made));
    *made = (stream){ .next = streams->open, .id = id };
    streams->open = made;
    streams->newest = id;
    streams->first = streams->first != 0 ? streams->first : id;
    return made;
}

/* A frame's last bytes have passed. */
static void note_end(httpd_streams *streams, stream *of, bool out,
                     const http_frames_step *step)
{
    bool head = step->type == HTTP_FRAME_HEADERS
                || step->type == HTTP_FRAME_CONTINUATION;

    of->ended = of->ended || step->type == HTTP_FRAME_RST_STREAM;
    if (!out) {
        streams->due = streams->due || (of->ended && of->marked);
        return;
    }
    of->ending = of->ending
                 || ((step->type == HTTP_FRAME_DATA
                      || step->type == HTTP_FRAME_HEADERS)
                     && (step->flags & HTTP_FRAME_END_STREAM));
    of->ended = of->ended
                || (of->ending && (!head || (step->flags & END_HEADERS)));
    of->told = of->told || step->type == HTTP_FRAME_DATA;
    /* Who looks closely gets the records and packets of each frame. */
    if (of->ended || (of->marked && of->owner.key != 0)) {
        streams->due = true;
    }
}

size_t httpd_streams_take(httpd_streams *streams, bool out, const void *data,
                          size_t size)
{
    http_frames *frames = out ? &streams->out : &streams->in;
    http_frames_step step = data ? http_frames_take(frames, data, size)
                                 : http_frames_pass(frames, size);
    stream *of = step.stream != 0 ? find(streams, step.stream) : NULL;

    if (!of && !out && step.begins && step.type == HTTP_FRAME_HEADERS
        && step.stream > streams->newest) {
        of = begin(streams, step.stream);
    }
    if (of) {
        *(out ? &of->out : &of->in) += step.size;
        *(out ? &of->out_weight : &of->in_weight) +=
            step.size + (step.begins ? FRAME_WEIGHT : 0);
        if (step.ends) {
            note_end(streams, of, out, &step);
        }
    }
    return step.used;
}

bool httpd_streams_skips(const httpd_streams *streams, bool out)
{
    return (out ? &streams->out : &streams->in)->skip > 0;
}

bool httpd_streams_due(const httpd_streams *streams)
{
    return streams->due;
}

/* What has passed of a stream is settled. */
static void forget(stream *of)
{
    of->in = of->out = of->in_weight = of->out_weight = 0;
}

static void sum(stream *to, const stream *of)
{
    to->in += of->in;
    to->out += of->out;
    to->in_weight += of->in_weight;
    to->out_weight += of->out_weight;
}

/* Frames that have passed and are not settled. */
static stream sum_up(const httpd_streams *streams)
{
    stream all = { .id = 0 };

    for (const stream *at = streams->open; at; at = at->next) {
        sum(&all, at);
    }
    return all;
}

/* From here on is what comes next. */
static void rebase(httpd_account *account, const loop_tcp_state *now)
{
    account->last = now->traffic;
    account->last_data = now->data_packets_received;
    account->last_sent = now->data_packets_sent;
}

/* Moves what the kernel has counted since the last time into the rests. */
static void gather(httpd_streams *streams, httpd_account *account,
                   const loop_tcp_state *now)
{
    base_traffic more = base_traffic_since(&now->traffic, &account->last);

    rebase(account, now);
    base_share_rest_add(&streams->sent, &streams->received, &more);
}

/* Counts a share of a stream. */
static void add(stream *to, const base_traffic *share)
{
    room_meter_figures more = { .requests = !to->counted, .traffic = *share };

    if (to->opening) {
        more.opening = *share;
        to->opening = !to->told;
        more.connections = to->told;
    }
    to->counted = true;
    httpd_account_add(&to->owner, &more);
}

/* A stream's frames and its shares of the rests: from `low` on, of `all`. Bytes
 * go to who had frames in that direction, packets to all. */
static base_traffic share_of(const httpd_streams *streams, const stream *to,
                             const stream *low, const stream *all)
{
    const base_share_rest *sent = &streams->sent;
    const base_share_rest *received = &streams->received;
    double phase = streams->phase;
    base_share in = { low->in_weight, low->in_weight + to->in_weight,
                      all->in_weight, phase };
    base_share out = { low->out_weight, low->out_weight + to->out_weight,
                       all->out_weight, phase };
    base_share both = { in.low + out.low, in.high + out.high,
                        in.all + out.all, phase };
    base_traffic share;

    in = in.all > 0 ? in : both;
    out = out.all > 0 ? out : both;
    share = (base_traffic){
        .sent = to->out + base_share_part(sent->bytes, &out),
        .plain_sent = to->out + base_share_part(sent->plain, &out),
        .packets_sent = base_share_part(sent->packets, &both),
        .received = to->in + base_share_part(received->bytes, &in),
        .plain_received = to->in + base_share_part(received->plain, &in),
        .packets_received = base_share_part(received->packets, &both),
    };
    share.wire_sent = share.sent + base_share_part(sent->heads, &both);
    share.wire_received = share.received
                          + base_share_part(received->heads, &both);
    return share;
}

/* What has come without a frame. */
static void give_rest(httpd_streams *streams)
{
    static const stream none;
    static const stream whole = { .in_weight = 1, .out_weight = 1 };
    room_meter_figures more = {
        .traffic = share_of(streams, &whole, &none, &whole)
    };

    if (streams->latest_marked && !base_traffic_is_none(&more.traffic)) {
        httpd_account_add(&streams->latest, &more);
    }
    base_share_rest_keep_debts(&streams->sent);
    base_share_rest_keep_debts(&streams->received);
}

static void share_out(httpd_streams *streams, const stream *all)
{
    stream low = { .id = 0 };
    uint64_t most = 0;

    for (stream *at = streams->open; at; at = at->next) {
        uint64_t size = at->in + at->out;
        base_traffic share;

        if (size == 0) {
            continue;
        }
        share = share_of(streams, at, &low, all);
        sum(&low, at);
        forget(at);
        if (at->marked) {
            add(at, &share);
        }
        else {
            base_traffic_add(&at->early, &share);
        }
        if (size >= most) {
            most = size;
            streams->latest = at->owner;
            streams->latest_marked = at->marked;
        }
    }
    base_share_rest_keep_debts(&streams->sent);
    base_share_rest_keep_debts(&streams->received);
    streams->phase += GOLDEN;
    streams->phase -= streams->phase >= 1;
}

/* But for the newest: a client may still tell of their windows. */
static void drop_ended(httpd_streams *streams)
{
    stream **link = &streams->open;
    unsigned ended = 0;

    while (*link) {
        stream *at = *link;

        ended += at->ended;
        if (at->ended && ended > KEPT) {
            *link = at->next;
            at->next = streams->spare;
            streams->spare = at;
            streams->count--;
        }
        else {
            link = &at->next;
        }
    }
}

/* The filter has seen what this accounts for; what has come beyond that, and
 * one packet with it, is of frames that come: it waits in a socket's buffer or
 * in that of TLS. (A key update waits, too, for the end of the connection.) */
static void leave_unseen(const httpd_account *account, loop_tcp_state *now)
{
    const httpd_streams *streams = account->streams;
    base_traffic *traffic = &now->traffic;
    const base_traffic *last = &account->last;
    uint64_t seen = last->received + traffic->plain_received
                    - last->plain_received
                    + (uint64_t)streams->reads * streams->record;

    if (traffic->received > seen
        && traffic->packets_received > last->packets_received) {
        traffic->wire_received -= traffic->received - seen + now->head;
        traffic->received = seen;
        traffic->packets_received--;
        now->data_packets_received--;
    }
}

void httpd_streams_settle(conn_rec *c, httpd_account *account)
{
    httpd_streams *streams = account->streams;
    stream all = sum_up(streams);
    loop_tcp_state now;

    streams->due = false;
    if (!streams->watched || account->followed) {
        drop_ended(streams); /* and what has passed is not told to anybody */
        return;
    }
    if (httpd_connection_read(c, &now)) {
        if (!streams->over) {
            leave_unseen(account, &now);
        }
        gather(streams, account, &now);
        streams->reads = 0;
    }
    streams->sent.bytes -= (int64_t)all.out;
    streams->sent.plain -= (int64_t)all.out;
    streams->received.bytes -= (int64_t)all.in;
    streams->received.plain -= (int64_t)all.in;
    if (all.in + all.out > 0) {
        share_out(streams, &all);
    }
    else {
        give_rest(streams);
    }
    drop_ended(streams);
}

void httpd_streams_wake(conn_rec *c, httpd_account *account)
{
    httpd_streams *streams = account->streams;
    stream all;
    loop_tcp_state now;
    uint64_t bytes;
    uint64_t packets;
    uint64_t acks;

    if (streams->due) {
        httpd_streams_settle(c, account);
    }
    streams->reads++;
    all = sum_up(streams);
    if (!streams->keyed || account->followed || all.in + all.out > 0
        || !httpd_connection_read(c, &now)) {
        return;
    }
    /* The payload that wakes us is of a frame that comes, and so are the
     * acknowledgements of it that we have sent. */
    bytes = now.traffic.received - account->last.received;
    packets = now.data_packets_received - account->last_data;
    acks = now.traffic.packets_sent - account->last.packets_sent
           - (now.data_packets_sent - account->last_sent);
    acks = acks < packets ? acks : packets;
    now.traffic.packets_sent -= acks;
    now.traffic.wire_sent -= acks * now.head;
    now.traffic.received -= bytes;
    now.traffic.packets_received -= packets;
    now.traffic.wire_received -= bytes + packets * now.head;
    now.traffic.plain_received = account->last.plain_received;
    gather(streams, account, &now);
    give_rest(streams);
}

void httpd_streams_heard(conn_rec *c, httpd_account *account)
{
    httpd_streams *streams = account->streams;
    loop_tcp_state now;
    base_traffic *opening = &streams->opening;
    uint64_t in = sum_up(streams).in;

    if (streams->due) {
        httpd_streams_settle(c, account);
    }
    if (streams->opened || streams->first == 0
        || !httpd_connection_read(c, &now)) {
        return;
    }
    /* All but the request that has come, and what it came in. */
    streams->record = httpd_tls_overhead_of(c).record;
    *opening = now.traffic;
    in = in < opening->plain_received ? in : opening->plain_received;
    opening->plain_received -= in;
    opening->received -= in + streams->record;
    opening->packets_received--;
    opening->wire_received -= in + streams->record + now.head;
    rebase(account, &now);
    account->last = *opening;
    streams->reads = 1;
    streams->opened = true;
}

/* Nobody wanted to know what came until now: it is forgotten, but requests that
 * wait for an answer, and what these came in. */
static void begin_watching(conn_rec *c, httpd_account *account)
{
    httpd_streams *streams = account->streams;
    base_share_rest *received = &streams->received;
    loop_tcp_state now;
    int64_t requests = 0;
    stream all;

    for (stream *at = streams->open; at; at = at->next) {
        if (at->out > 0 || at->ended) {
            forget(at);
        }
        requests += at->in > 0;
    }
    all = sum_up(streams);
    if (httpd_connection_read(c, &now)) {
        rebase(account, &now);
        streams->reads = 0;
        streams->sent = (base_share_rest){ .bytes = 0 };
        *received = (base_share_rest){ .plain = (int64_t)all.in,
                                       .packets = requests,
                                       .heads = requests * now.head };
        received->bytes = received->plain + requests * streams->record;
    }
}

void httpd_streams_mark(conn_rec *c, httpd_account *account, uint32_t id,
                        const httpd_account_owner *owner)
{
    httpd_streams *streams = account->streams;
    stream *of = find(streams, id);
    room_meter_figures more = { .traffic = streams->opening,
                                .opening = streams->opening };

    if (!of || of->marked) {
        return;
    }
    of->marked = true;
    of->owner = *owner;
    of->opening = owner->line <= ACT_TRAFFIC_SSE; /* it goes on */
    if (id == streams->first && streams->opened) {
        more.connections = !of->opening;
        httpd_account_add(owner, &more);
    }
    else if (!streams->watched) {
        begin_watching(c, account);
    }
    streams->watched = true;
    streams->keyed = streams->keyed || owner->key != 0;
    if (!base_traffic_is_none(&of->early)) {
        add(of, &of->early);
    }
    if (owner->key != 0) {
        httpd_streams_settle(c, account);
    }
}

void httpd_streams_end(conn_rec *c, httpd_account *account)
{
    httpd_streams *streams = account->streams;

    for (stream *at = streams->open; at; at = at->next) {
        at->ended = true;
    }
    streams->over = true;
    httpd_streams_settle(c, account);
    account->polled = streams->latest_marked;
    account->owner = streams->latest;
}
