<?php
/**
 * What the settings page keeps: one option, an array.
 *
 * @package mod-chatws
 */

defined( 'ABSPATH' ) || exit;

/** The name of the option. */
const MOD_CHATWS_OPTION = 'mod_chatws';

/**
 * What a role of the site may be in the chat, the strongest first. An empty
 * string: what the web server says (ChatSpeakers).
 */
const MOD_CHATWS_RIGHTS = array( 'moderator', 'speaker', '', 'reader' );

/**
 * The settings, with defaults for what is missing.
 *
 * @return array{prefix: string, key_file: string, rooms: string[], roles: array<string, string>}
 */
function mod_chatws_options() {
	$options = get_option( MOD_CHATWS_OPTION );
	$options = wp_parse_args(
		is_array( $options ) ? $options : array(),
		array(
			'prefix'   => '/chat',
			'key_file' => '',
			'rooms'    => array( 'lobby' ),
			'roles'    => array(
				'administrator' => 'moderator',
				'editor'        => 'moderator',
			),
		)
	);
	// Who may edit wp-config.php has the last word about files of the server.
	if ( defined( 'MOD_CHATWS_KEY_FILE' ) ) {
		$options['key_file'] = (string) MOD_CHATWS_KEY_FILE;
	}
	return $options;
}

/**
 * The path of a room, encoded as in a URL.
 *
 * @param string $room The room's name; it may have slashes.
 * @return string
 */
function mod_chatws_room_path( $room ) {
	$options = mod_chatws_options();
	$names   = array_map( 'rawurlencode', explode( '/', trim( $room, '/' ) ) );

	return $options['prefix'] . '/' . implode( '/', $names );
}

/**
 * A room's name as it may be in a URL, or an empty string.
 *
 * @param mixed $room What somebody wrote.
 * @return string
 */
function mod_chatws_clean_room( $room ) {
	$room = trim( sanitize_text_field( (string) $room ), '/ ' );

	// Below _chatws are the files of the chat, and no server takes a dot segment.
	if ( preg_match( '~(^|/)(_chatws|\.{0,2})(/|$)~', $room ) || strlen( $room ) > 150 ) {
		return '';
	}
	return $room;
}
