/* What the reader takes along: the figures as CSV, a picture, and a link that
 * keeps settings and result. Nothing leaves the browser. Used by compare.js. */

const byId = (id) => document.getElementById(id);

export function download(blob, name) {
    const link = document.createElement('a');

    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/* Shows the link for copying, and copies it where the browser lets us. The
 * page's own address becomes the same, for those who copy that. */
export async function giveLink(hash, strings) {
    const field = byId('link');
    const url = new URL(hash, location.href);

    history.replaceState(null, '', url);
    field.value = url.href;
    byId('link-row').hidden = false;
    field.focus();
    field.select();
    byId('link-note').textContent = await copy(field.value)
        ? strings.linkCopied : strings.linkSelected;
}

async function copy(text) {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    }
    catch {
        return false;               /* http, or not allowed */
    }
}
