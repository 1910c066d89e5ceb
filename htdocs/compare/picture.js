/* The result as a picture: drawn from the figures, not copied from the page,
 * so that it looks the same on every screen. Used by compare.js. */

import { barsOf } from './bars.js';
import { PARTS } from './figures.js';

const WIDTH = 1200;
const HEIGHT = 675;
const EDGE = 56;
const BAR = { top: 318, row: 48, height: 34, left: 250, right: 150 };
const FONT = 'system-ui, "PingFang SC", "Microsoft YaHei", '
    + '"Noto Sans CJK SC", sans-serif';
const INK = '#171c26';
const MUTED = '#5a6473';
const WAYS = { poll: '#c2410c', longpoll: '#8a3fc0', sse: '#0b69b7',
    websocket: '#067a52', deflate: '#7a6200' };
const FILLS = { text: '#067a52', json: '#8fd0b5', head: '#e0662b',
    record: '#b38be0', packet: '#c3cad6' };

class Sheet {
    canvas = document.createElement('canvas');
    #draw;
    #rtl;

    constructor(rtl) {
        this.canvas.width = WIDTH;
        this.canvas.height = HEIGHT;
        this.#rtl = rtl;
        this.#draw = this.canvas.getContext('2d');
        this.#draw.direction = rtl ? 'rtl' : 'ltr';
        this.box(0, 0, WIDTH, HEIGHT, '#ffffff');
    }

    #x(left, width = 0) {
        return this.#rtl ? WIDTH - left - width : left;
    }

    box(left, top, width, height, colour) {
        this.#draw.fillStyle = colour;
        this.#draw.fillRect(this.#x(left, width), top, width, height);
    }

    /* Slanted lines: what is not told by colour alone. */
    hatch(left, top, width, height, step) {
        const draw = this.#draw;

        draw.save();
        draw.beginPath();
        draw.rect(this.#x(left, width), top, width, height);
        draw.clip();
        draw.strokeStyle = 'rgb(23 28 38 / 45%)';
        draw.lineWidth = 1.5;
        for (let x = this.#x(left, width) - height;
            x < this.#x(left, width) + width; x += step) {
            draw.moveTo(x, top + height);
            draw.lineTo(x + height, top);
        }
        draw.stroke();
        draw.restore();
    }

    width(text, size, weight = 400) {
        this.#draw.font = `${weight} ${size}px ${FONT}`;
        return this.#draw.measureText(text).width;
    }

    /* Text in a colour, from its leading edge, or up to it. */
    text(text, left, base, size, { colour = INK, weight = 400,
        most = WIDTH - left - EDGE, end = false } = {}) {
        this.#draw.font = `${weight} ${size}px ${FONT}`;
        this.#draw.fillStyle = colour;
        this.#draw.textAlign = end ? 'end' : 'start';
        this.#draw.fillText(text, this.#x(left), base, most);
    }

    /* The sentence, its marked words in colour, in as many lines as it needs.
     * Words are what spaces part; Chinese breaks anywhere. */
    sentence(marked, left, base, size) {
        const right = WIDTH - EDGE;
        let x = left;
        let y = base;

        for (const { text, colour } of pieces(marked)) {
            const width = this.width(text, size, 700);

            if (x + width > right && x > left) {
                x = left;
                y += size * 1.3;
            }
            if (x > left || text.trim()) {
                this.text(text, x, y, size, { colour, weight: 700,
                    most: right - left });
                x += width;
            }
        }
        return y;
    }

    /* Small print, in as many lines as it needs. */
    paragraph(text, left, base, size) {
        const lines = [''];

        for (const { text: word } of pieces(text)) {
            if (this.width(lines.at(-1) + word, size) > WIDTH - left - EDGE) {
                lines.push('');
            }
            lines[lines.length - 1] += word;
        }
        for (const [index, line] of lines.entries()) {
            this.text(line.trim(), left, base + index * size * 1.3, size,
                { colour: MUTED });
        }
    }
}

/* Runs of a marked text that are not broken, each with its colour. */
function pieces(marked) {
    return marked.split(/(\*\w+:[^*]*\*)/).flatMap((part) => {
        const match = part.match(/^\*(\w+):([^*]*)\*$/);

        return (match ? [match[2]]
            : part.match(/\s+|[\u3000-\u9fff\uff00-\uffef]|[^\s\u3000-\u9fff\uff00-\uffef]+/g)
                ?? []).map((text) => ({ text,
            colour: match ? WAYS[match[1]] : INK }));
    });
}

function drawBars(sheet, stretch, strings, formats) {
    const { bars, most } = barsOf(stretch);
    const room = WIDTH - BAR.left - BAR.right - EDGE;

    for (const [index, { way, parts, bytes }] of bars.entries()) {
        const top = BAR.top + index * BAR.row;
        let left = BAR.left;

        sheet.text(strings.short[way], EDGE, top + 25, 24,
            { colour: WAYS[way], weight: 700, most: BAR.left - EDGE - 16 });
        for (const { part, bytes: size } of parts) {
            const width = most ? (size / most) * room : 0;

            sheet.box(left, top, width, BAR.height, FILLS[part]);
            if (part === 'head' || part === 'json') {
                sheet.hatch(left, top, width, BAR.height,
                    part === 'head' ? 9 : 18);
            }
            left += width;
        }
        sheet.text(formats.bytes(bytes), left + 14, top + 25, 24,
            { weight: 700 });
    }
}

function drawLegend(sheet, stretch, strings, base) {
    let left = EDGE;

    for (const part of PARTS) {
        if (Object.values(stretch.ways).some((way) => way[part] > 0)) {
            sheet.box(left, base - 15, 18, 18, FILLS[part]);
            if (part === 'head' || part === 'json') {
                sheet.hatch(left, base - 15, 18, 18, part === 'head' ? 9 : 18);
            }
            sheet.text(strings.parts[part], left + 26, base, 19,
                { colour: MUTED });
            left += 26 + sheet.width(strings.parts[part], 19) + 28;
        }
    }
}

/* texts: {sentence, heads, bars, packed, facts}, each a line or null; `packed`
 * may be two. */
export function drawPicture(stretch, texts, strings, formats) {
    const sheet = new Sheet(strings.dir === 'rtl');
    const bottom = BAR.top + Object.keys(WAYS).length * BAR.row + 14;

    sheet.text(strings.title, EDGE, 66, 26, { colour: MUTED, weight: 600 });
    sheet.sentence(texts.sentence, EDGE, 122, 40);
    sheet.text(texts.heads ?? '', EDGE, 236, 24);
    sheet.text(texts.bars, EDGE, 290, 22, { weight: 700 });
    drawBars(sheet, stretch, strings, formats);
    drawLegend(sheet, stretch, strings, bottom);
    sheet.paragraph(texts.packed, EDGE, bottom + 30, 16);
    sheet.text(texts.facts, EDGE, HEIGHT - 28, 18, { colour: MUTED });
    return new Promise((resolve) => { sheet.canvas.toBlob(resolve); });
}
