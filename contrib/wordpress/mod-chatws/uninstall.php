<?php
/**
 * Removes what the plugin has kept.
 *
 * @package mod-chatws
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

if ( is_multisite() ) {
	foreach ( get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) as $mod_chatws_site ) {
		delete_blog_option( $mod_chatws_site, 'mod_chatws' );
	}
} else {
	delete_option( 'mod_chatws' );
}
