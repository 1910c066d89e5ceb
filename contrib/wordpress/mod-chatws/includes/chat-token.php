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

/* A token for $seconds. $claims: name, role, rooms, aud. */
function chat_token(string $file, string $user, array $claims = [],
                    int $seconds = 3600): string
{
    $key = preg_replace('/\r?\n\z/', '', (string) @file_get_contents($file));
    if (strlen($key) < 32) {
        throw new RuntimeException("$file cannot be read, or is no secret");
    }
    $encode = function (string $text): string {
        return rtrim(strtr(base64_encode($text), '+/', '-_'), '=');
    };
    $claims += ['sub' => $user, 'exp' => time() + $seconds];
    $text = $encode('{"alg":"HS256","typ":"JWT"}') . '.'
        . $encode(json_encode($claims, JSON_THROW_ON_ERROR));
    return $text . '.' . $encode(hash_hmac('sha256', $text, $key, true));
}

/* Sets the cookie, which comes with all that the chat sends. It outlives the
 * token: whose token is over is told so, and not taken for a guest. */
function chat_login(string $file, string $user, array $claims = [],
                    int $seconds = 3600): void
{
    chat_cookie(chat_token($file, $user, $claims, $seconds), 0);
}

function chat_logout(): void
{
    chat_cookie('', 1);
}

function chat_cookie(string $value, int $expires): void
{
    setcookie('chatws_token', $value, [
        'expires' => $expires, 'path' => '/', 'httponly' => true,
        'samesite' => 'Lax', 'secure' => !empty($_SERVER['HTTPS'])]);
}
