<?php
/**
 * Plugin Name:       mod_chatws
 * Description:       Chat rooms of mod_chatws in posts and pages, with the names and roles of this site's users.
 * Version:           1.0.0
 * Requires at least: 5.8
 * Requires PHP:      7.4
 * Author:            The mod_chatws authors
 * License:           Apache-2.0
 * Text Domain:       mod-chatws
 * Domain Path:       /languages
 *
 * @package mod-chatws
 */

defined( 'ABSPATH' ) || exit;

define( 'MOD_CHATWS_VERSION', '1.0.0' );
define( 'MOD_CHATWS_FILE', __FILE__ );
define( 'MOD_CHATWS_DIR', plugin_dir_path( __FILE__ ) );

if ( ! function_exists( 'chat_token' ) ) { // The theme may have it, too.
	require_once MOD_CHATWS_DIR . 'includes/chat-token.php';
}
require_once MOD_CHATWS_DIR . 'includes/options.php';
require_once MOD_CHATWS_DIR . 'includes/person.php';
require_once MOD_CHATWS_DIR . 'includes/session.php';
require_once MOD_CHATWS_DIR . 'includes/room.php';
if ( is_admin() ) {
	require_once MOD_CHATWS_DIR . 'includes/settings.php';
}

add_action(
	'init',
	function () {
		load_plugin_textdomain( 'mod-chatws', false, dirname( plugin_basename( MOD_CHATWS_FILE ) ) . '/languages' );
	}
);
