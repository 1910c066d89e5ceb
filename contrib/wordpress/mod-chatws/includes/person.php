<?php
/**
 * Who a user of the site is in the chat.
 *
 * @package mod-chatws
 */

defined( 'ABSPATH' ) || exit;

/** Seconds that a token lasts: so long a right that was taken away holds. */
const MOD_CHATWS_SECONDS = HOUR_IN_SECONDS;

/**
 * The strongest right that one of the user's roles gives.
 *
 * @param WP_User $user The user.
 * @return string One of MOD_CHATWS_RIGHTS.
 */
function mod_chatws_right_of( WP_User $user ) {
	$given = mod_chatws_options()['roles'];
	$best  = null;

	foreach ( $user->roles as $role ) {
		$right = array_search( $given[ $role ] ?? '', MOD_CHATWS_RIGHTS, true );
		if ( false !== $right && ( null === $best || $right < $best ) ) {
			$best = $right;
		}
	}
	return null === $best ? '' : MOD_CHATWS_RIGHTS[ $best ];
}

/**
 * The name that others see: no control characters, and at most 128 bytes.
 *
 * @param WP_User $user The user.
 * @return string
 */
function mod_chatws_name_of( WP_User $user ) {
	$name = wp_specialchars_decode( $user->display_name, ENT_QUOTES );
	$name = wp_check_invalid_utf8( $name, true );
	$name = trim( preg_replace( '/[\x{0}-\x{1F}\x{7F}-\x{9F}\x{2028}\x{2029}]+/u', ' ', $name ) );
	if ( strlen( $name ) > 128 ) {
		$name = trim( mb_substr( $name, 0, 32 ) );
	}
	return '' === $name ? $user->user_nicename : $name;
}

/**
 * What the token of a user says, besides `sub`, the id, and `exp`.
 *
 * @param WP_User $user The user.
 * @return array
 */
function mod_chatws_claims( WP_User $user ) {
	$right  = mod_chatws_right_of( $user );
	$claims = array(
		'name'  => mod_chatws_name_of( $user ),
		'rooms' => array( mod_chatws_options()['prefix'] . '/*' ),
	);

	if ( '' !== $right ) {
		$claims['role'] = $right;
	}
	/**
	 * Filters what a user's token says: RFC 7519, and `rooms` and `role`.
	 *
	 * @param array   $claims The claims.
	 * @param WP_User $user   The user.
	 */
	return apply_filters( 'mod_chatws_claims', $claims, $user );
}

/**
 * A token for the user, or an empty string if there is no usable key.
 *
 * @param WP_User $user The user.
 * @return string
 */
function mod_chatws_token( WP_User $user ) {
	$file = mod_chatws_options()['key_file'];

	if ( '' === $file || ! $user->exists() ) {
		return '';
	}
	try {
		return chat_token( $file, (string) $user->ID, mod_chatws_claims( $user ), MOD_CHATWS_SECONDS );
	} catch ( Exception $problem ) {
		// The settings page says what is wrong; visitors are guests until then.
		return '';
	}
}
