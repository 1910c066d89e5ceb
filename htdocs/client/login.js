/* A room asks for a password: is the browser going to give it by itself? */

const PROBE = 3000;

const realmOf = (challenge) => /realm="([^"]*)"/i.exec(challenge)?.[1];

/* A page that asks for the same password has been given it: the browser sends
 * it along to the same realm (RFC 9110 11.5). */
export async function isRemembered(challenge) {
    const page = new URL(globalThis.document?.baseURI ?? location.href);

    page.username = '';                 /* fetch takes no URL with them */
    page.password = '';
    try {
        const { status, headers } = await fetch(page, { method: 'HEAD',
            credentials: 'omit', cache: 'no-store', redirect: 'manual',
            signal: AbortSignal.timeout(PROBE) });

        return status === 401
            && realmOf(headers.get('WWW-Authenticate')) === realmOf(challenge);
    }
    catch {
        return false;
    }
}
