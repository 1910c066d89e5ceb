<?php
/*
 * chat-token.php - tells mod_chatws who is logged in (docs/TOKENS.md).
 *
 *     require 'chat-token.php';
 *     chat_login('/etc/apache2/chat.key', (string) $user->id,
 *                ['name' => $user->name, 'role' => 'moderator']);
 *
 * on every page with a chat, before its first byte. PHP 7.3 or later.
 */

/* A token for $seconds. $claims: name, role, rooms, aud. Throws an Exception
 * that says what is wrong and what to do. */
function chat_token(string $file, string $sub, array $claims = [],
                    int $seconds = 3600): string
{
    $text = @file_get_contents($file);
    if ($text === false) {
        $known = function_exists('posix_getegid');
        $user = $known ? posix_getpwuid(posix_geteuid())['name'] ?? '' : '';
        $group = $known ? posix_getgrgid(posix_getegid())['name'] ?? '' : '';
        $why = error_get_last()['message'] ?? '';
        throw new RuntimeException('PHP, as the user ' . ($user ?: 'it has')
            . ", cannot read $file: " . preg_replace('/^.*\): /', '', $why)
            . '; let its group read it: chown root:'
            . ($group ?: 'GROUP') . " $file; chmod 640 $file");
    }
    $key = preg_replace('/\r?\n\z/', '', $text);
    if (strlen($key) < 32) {
        throw new RuntimeException("$file is no secret: less than 32 bytes; "
            . "openssl rand -hex 32 >$file");
    }
    $encode = function (string $text): string {
        return rtrim(strtr(base64_encode($text), '+/', '-_'), '=');
    };
    $claims += ['sub' => $sub, 'exp' => time() + $seconds];
    $json = json_encode($claims);
    if ($json === false) {
        throw new RuntimeException('no token for "'
            . rawurlencode($sub) . '": ' . json_last_error_msg()
            . '; names have to be UTF-8 (mb_convert_encoding)');
    }
    $text = $encode('{"alg":"HS256","typ":"JWT"}') . '.' . $encode($json);
    return $text . '.' . $encode(hash_hmac('sha256', $text, $key, true));
}

/* Sets the cookie, which comes with all that the chat sends. It outlives the
 * token: whose token is over is told so, and not taken for a guest. Without a
 * token the page goes on, with a guest's chat; PHP's error log says why. */
function chat_login(string $file, string $user, array $claims = [],
                    int $seconds = 3600): void
{
    try {
        chat_cookie(chat_token($file, $user, $claims, $seconds), 0);
    } catch (Exception $problem) {
        error_log('mod_chatws: ' . $problem->getMessage());
        chat_logout(); // of whoever was here before
    }
}

/* A page of a guest sets no cookie: caches keep it. */
function chat_logout(): void
{
    if (isset($_COOKIE['chatws_token'])) {
        chat_cookie('', 1);
    }
}

function chat_cookie(string $value, int $expires): void
{
    setcookie('chatws_token', $value, [
        'expires' => $expires, 'path' => '/', 'httponly' => true,
        'samesite' => 'Lax', 'secure' => !empty($_SERVER['HTTPS'])]);
}
