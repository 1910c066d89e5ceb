<?php
/**
 * How the chat learns who is logged in.
 *
 * A page with a room asks admin-ajax.php for a token before it connects. No
 * cache keeps that answer, and pages that a cache keeps for everybody have no
 * script of ours: only a page that was made for somebody who is logged in has
 * it. The room's own page, which is not WordPress', and browsers without
 * scripts have the same token as a cookie. It ends with the token: on a page
 * that a cache keeps, nobody could take away one that is over.
 *
 * @package mod-chatws
 */

defined( 'ABSPATH' ) || exit;

/** What mod_chatws looks at. */
const MOD_CHATWS_COOKIE = 'chatws_token';

/**
 * Sets the cookie, or removes it.
 *
 * @param string $token The token; empty: none.
 */
function mod_chatws_set_cookie( $token ) {
	if ( headers_sent() ) {
		return;
	}
	setcookie(
		MOD_CHATWS_COOKIE,
		$token,
		array(
			'expires'  => '' === $token ? 1 : time() + MOD_CHATWS_SECONDS,
			'path'     => '/',
			'secure'   => is_ssl(),
			'httponly' => true,
			'samesite' => 'Lax',
		)
	);
}

/**
 * What a token says, unchecked: only to find out whether it still holds.
 *
 * @param string $token The token.
 * @return array
 */
function mod_chatws_read( $token ) {
	$parts = explode( '.', $token );
	// phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_decode
	$json = base64_decode( strtr( $parts[1] ?? '', '-_', '+/' ) );
	$said = json_decode( (string) $json, true );

	return is_array( $said ) ? $said : array();
}

/**
 * Is the cookie what it would be if it were made now, for half of its time?
 *
 * @param WP_User $user The user.
 * @return bool
 */
function mod_chatws_is_current( WP_User $user ) {
	// phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- compared only
	$token = isset( $_COOKIE[ MOD_CHATWS_COOKIE ] ) ? (string) wp_unslash( $_COOKIE[ MOD_CHATWS_COOKIE ] ) : '';
	$has   = mod_chatws_read( $token );
	$wants = mod_chatws_claims( $user ) + array( 'sub' => (string) $user->ID );
	$ends  = (int) ( $has['exp'] ?? 0 );

	unset( $has['exp'], $wants['exp'] );
	return $has == $wants && $ends > time() + MOD_CHATWS_SECONDS / 2; // phpcs:ignore Universal.Operators.StrictComparisons
}

/** On each page that WordPress makes: the cookie follows who is logged in. */
function mod_chatws_follow() {
	$user = wp_get_current_user();

	if ( $user->exists() && mod_chatws_is_current( $user ) ) {
		return;
	}
	$token = mod_chatws_token( $user );
	if ( '' !== $token || isset( $_COOKIE[ MOD_CHATWS_COOKIE ] ) ) {
		mod_chatws_set_cookie( $token );
	}
}
add_action( 'init', 'mod_chatws_follow' );

/**
 * With the login, whatever page comes next.
 *
 * @param string $cookie     Not used.
 * @param int    $expire     Not used.
 * @param int    $expiration Not used.
 * @param int    $user_id    Who logs in.
 */
function mod_chatws_login( $cookie, $expire, $expiration, $user_id ) {
	$user = get_userdata( $user_id );

	if ( $user ) {
		mod_chatws_set_cookie( mod_chatws_token( $user ) );
	}
}
add_action( 'set_logged_in_cookie', 'mod_chatws_login', 10, 4 );

/** With the logout. */
function mod_chatws_logout() {
	mod_chatws_set_cookie( '' );
}
add_action( 'clear_auth_cookie', 'mod_chatws_logout' );

/**
 * Answers a page's script with a token, or with nothing for a guest. It changes
 * nothing and no other site can read it, so that it needs no nonce, which a
 * cached page would have an old one of.
 */
function mod_chatws_answer_token() {
	nocache_headers();
	header( 'Content-Type: text/plain; charset=utf-8' );
	header( 'X-Content-Type-Options: nosniff' );
	// phpcs:ignore WordPress.Security.EscapeOutput -- letters, digits, "-", "_" and "."
	echo mod_chatws_token( wp_get_current_user() );
	exit;
}
add_action( 'wp_ajax_mod_chatws_token', 'mod_chatws_answer_token' );
add_action( 'wp_ajax_nopriv_mod_chatws_token', 'mod_chatws_answer_token' );
