<?php
/**
 * A room in a post: the block and the shortcode.
 *
 * @package mod-chatws
 */

defined( 'ABSPATH' ) || exit;

/** The scripts that a page with a room may need. */
function mod_chatws_register_scripts() {
	// To a path WordPress would add the folder that it is in. The server's own
	// file; it names its version itself.
	$home   = wp_parse_url( home_url() );
	$origin = '//' . ( $home['host'] ?? '' ) . ( isset( $home['port'] ) ? ':' . $home['port'] : '' );
	$script = $origin . mod_chatws_options()['prefix'] . '/_chatws/chat-room.js';
	// phpcs:ignore WordPress.WP.EnqueuedResourceParameters.MissingVersion
	wp_register_script( 'mod-chatws-room', $script, array(), null, true );
	wp_register_script(
		'mod-chatws-token',
		plugins_url( 'js/token.js', MOD_CHATWS_FILE ),
		array(),
		MOD_CHATWS_VERSION,
		true
	);
	register_block_type(
		MOD_CHATWS_DIR . 'block',
		array( 'render_callback' => 'mod_chatws_render' )
	);
}
add_action( 'init', 'mod_chatws_register_scripts' );

/**
 * The room's script is a module.
 *
 * @param string $tag    The element.
 * @param string $handle The script's name.
 * @return string
 */
function mod_chatws_script_tag( $tag, $handle ) {
	if ( 'mod-chatws-room' !== $handle ) {
		return $tag;
	}
	$tag = preg_replace( '/ type=([\'"])[^\'"]*\1/', '', $tag );
	return str_replace( '<script ', '<script type="module" ', $tag );
}
add_filter( 'script_loader_tag', 'mod_chatws_script_tag', 10, 2 );

/**
 * The HTML of a room.
 *
 * @param array $attributes `room`, `height`, `label`.
 * @return string
 */
function mod_chatws_render( $attributes ) {
	$attributes = shortcode_atts(
		array(
			'room'   => 'lobby',
			'height' => '',
			'label'  => '',
		),
		(array) $attributes,
		'chat_room'
	);
	$room       = mod_chatws_clean_room( $attributes['room'] );
	$height     = preg_match( '/^\d{1,4}(\.\d{1,3})?(px|rem|em|vh|%)$/', $attributes['height'] ) ? $attributes['height'] : '';

	if ( '' === $room ) {
		return '';
	}
	$token = '';
	wp_enqueue_script( 'mod-chatws-room' );
	if ( is_user_logged_in() ) {
		wp_enqueue_script( 'mod-chatws-token' );
		$token = add_query_arg( 'action', 'mod_chatws_token', admin_url( 'admin-ajax.php', 'relative' ) );
	}
	return sprintf(
		'<chat-room src="%s" login="%s"%s%s%s></chat-room>',
		esc_url( mod_chatws_room_path( $room ) ),
		esc_url( wp_login_url( (string) get_permalink() ) ),
		'' === $token ? '' : sprintf( ' data-token="%s"', esc_url( $token ) ),
		'' === $attributes['label'] ? '' : sprintf( ' label="%s"', esc_attr( $attributes['label'] ) ),
		'' === $height ? '' : sprintf( ' style="height:%s"', esc_attr( $height ) )
	);
}
add_shortcode( 'chat_room', 'mod_chatws_render' );

/** The editor of the block offers the rooms of the settings. */
function mod_chatws_editor_rooms() {
	wp_add_inline_script(
		'mod-chatws-room-editor-script',
		'window.modChatws = ' . wp_json_encode( array( 'rooms' => array_values( mod_chatws_options()['rooms'] ) ) ) . ';',
		'before'
	);
	wp_set_script_translations( 'mod-chatws-room-editor-script', 'mod-chatws', MOD_CHATWS_DIR . 'languages' );
}
add_action( 'enqueue_block_editor_assets', 'mod_chatws_editor_rooms' );
