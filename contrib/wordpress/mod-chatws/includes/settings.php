<?php
/**
 * Settings > Chat.
 *
 * @package mod-chatws
 */

defined( 'ABSPATH' ) || exit;

/** The name of the page. */
const MOD_CHATWS_PAGE = 'mod-chatws';

/**
 * What one must be allowed to. Whose site is one of many names no files of the
 * server, nor the rooms of others.
 *
 * @return string
 */
function mod_chatws_capability() {
	return is_multisite() ? 'manage_network_options' : 'manage_options';
}
add_filter( 'option_page_capability_' . MOD_CHATWS_PAGE, 'mod_chatws_capability' );

/** In the menu of those who may change settings. */
function mod_chatws_menu() {
	add_options_page(
		__( 'Chat', 'mod-chatws' ),
		__( 'Chat', 'mod-chatws' ),
		mod_chatws_capability(),
		MOD_CHATWS_PAGE,
		'mod_chatws_page'
	);
}
add_action( 'admin_menu', 'mod_chatws_menu' );

/** The fields; WordPress looks at nonce and capability when they are saved. */
function mod_chatws_fields() {
	register_setting(
		MOD_CHATWS_PAGE,
		MOD_CHATWS_OPTION,
		array( 'sanitize_callback' => 'mod_chatws_sanitize' )
	);
	add_settings_section( 'chat', '', '__return_null', MOD_CHATWS_PAGE );
	foreach (
		array(
			'prefix'   => __( 'Address of the chat', 'mod-chatws' ),
			'key_file' => __( 'Key file', 'mod-chatws' ),
			'rooms'    => __( 'Rooms', 'mod-chatws' ),
		) as $name => $label
	) {
		add_settings_field(
			$name,
			$label,
			"mod_chatws_field_$name",
			MOD_CHATWS_PAGE,
			'chat',
			array( 'label_for' => "mod-chatws-$name" )
		);
	}
	add_settings_field( 'roles', __( 'Rights', 'mod-chatws' ), 'mod_chatws_field_roles', MOD_CHATWS_PAGE, 'chat' );
}
add_action( 'admin_init', 'mod_chatws_fields' );

/**
 * What was sent, as it is kept. What is no good stays as it was.
 *
 * @param mixed $sent What the form sent.
 * @return array
 */
function mod_chatws_sanitize( $sent ) {
	$sent    = is_array( $sent ) ? $sent : array();
	$rooms   = $sent['rooms'] ?? ''; // A new option is looked at twice.
	$options = mod_chatws_options();
	$prefix  = '/' . trim( sanitize_text_field( $sent['prefix'] ?? '' ), '/ ' );

	if ( preg_match( '~^(/[A-Za-z0-9._\~-]+)+$~', $prefix ) ) {
		$options['prefix'] = $prefix;
	} else {
		add_settings_error(
			MOD_CHATWS_OPTION,
			'prefix',
			__( 'The address of the chat is a path on this host, such as /chat.', 'mod-chatws' )
		);
	}
	$options['key_file'] = trim( sanitize_text_field( $sent['key_file'] ?? '' ) );
	$options['rooms']    = array_values(
		array_unique(
			array_filter(
				array_map( 'mod_chatws_clean_room', is_array( $rooms ) ? $rooms : explode( "\n", $rooms ) ),
				'strlen'
			)
		)
	);
	$options['roles']    = array();
	foreach ( array_keys( wp_roles()->roles ) as $role ) {
		$right = $sent['roles'][ $role ] ?? '';
		if ( in_array( $right, MOD_CHATWS_RIGHTS, true ) ) {
			$options['roles'][ $role ] = $right;
		}
	}
	return $options;
}

/** The page. */
function mod_chatws_page() {
	if ( ! current_user_can( mod_chatws_capability() ) ) {
		return;
	}
	?>
	<div class="wrap">
		<h1><?php echo esc_html( get_admin_page_title() ); ?></h1>
		<p>
			<?php
			printf(
				/* translators: 1: a block's name, 2: a shortcode. */
				esc_html__( 'Put a room into a post or a page with the block "%1$s", or with the shortcode %2$s.', 'mod-chatws' ),
				esc_html__( 'Chat room', 'mod-chatws' ),
				'<code>[chat_room room="lobby"]</code>'
			);
			?>
		</p>
		<form action="options.php" method="post">
			<?php
			settings_fields( MOD_CHATWS_PAGE );
			do_settings_sections( MOD_CHATWS_PAGE );
			submit_button();
			?>
		</form>
	</div>
	<?php
}

/**
 * A field of one line.
 *
 * @param string $name     The setting.
 * @param string $value    Its value.
 * @param bool   $readonly It cannot be changed here.
 */
function mod_chatws_input( $name, $value, $readonly = false ) {
	printf(
		'<input type="text" class="regular-text code" id="%1$s" name="%2$s" value="%3$s" aria-describedby="%1$s-help"%4$s>',
		esc_attr( "mod-chatws-$name" ),
		esc_attr( MOD_CHATWS_OPTION . "[$name]" ),
		esc_attr( $value ),
		$readonly ? ' readonly' : ''
	);
}

/**
 * What a field is for.
 *
 * @param string $name The setting.
 * @param string $text A sentence.
 */
function mod_chatws_help( $name, $text ) {
	printf( '<p class="description" id="%s">%s</p>', esc_attr( "mod-chatws-$name-help" ), esc_html( $text ) );
}

/** Where the chat is. */
function mod_chatws_field_prefix() {
	mod_chatws_input( 'prefix', mod_chatws_options()['prefix'] );
	mod_chatws_help( 'prefix', __( 'The path of the <Location> with "Chat rooms" on this host.', 'mod-chatws' ) );
}

/** The secret that WordPress and the web server share. */
function mod_chatws_field_key_file() {
	$file    = mod_chatws_options()['key_file'];
	$problem = mod_chatws_key_problem( $file );

	mod_chatws_input( 'key_file', $file, defined( 'MOD_CHATWS_KEY_FILE' ) );
	mod_chatws_help(
		'key_file',
		defined( 'MOD_CHATWS_KEY_FILE' )
			? __( 'wp-config.php sets it: MOD_CHATWS_KEY_FILE.', 'mod-chatws' )
			: __( 'The file that ChatTokenKey names. PHP must be able to read it, and visitors must not.', 'mod-chatws' )
	);
	if ( '' !== $problem ) {
		printf( '<p class="notice notice-error inline" role="alert">%s</p>', esc_html( $problem ) );
	} elseif ( '' !== $file ) {
		printf( '<p>&#10003; %s</p>', esc_html__( 'The key can be used.', 'mod-chatws' ) );
	} else {
		printf( '<p>%s</p>', esc_html__( 'Without a key everybody is a guest in the chat.', 'mod-chatws' ) );
	}
}

/**
 * Why the key cannot be used, or an empty string.
 *
 * @param string $file The key's file.
 * @return string
 */
function mod_chatws_key_problem( $file ) {
	$real = '' === $file ? '' : (string) realpath( $file );

	if ( '' === $file ) {
		return '';
	}
	foreach ( array( ABSPATH, (string) ( $_SERVER['DOCUMENT_ROOT'] ?? '' ) ) as $folder ) { // phpcs:ignore WordPress.Security.ValidatedSanitizedInput
		$folder = '' === $folder ? '' : (string) realpath( $folder );
		if ( '' !== $folder && 0 === strpos( $real, rtrim( $folder, '/' ) . '/' ) ) {
			return __( 'The key file is within the site, where visitors could ask for it: move it.', 'mod-chatws' );
		}
	}
	try {
		chat_token( $file, '0' );
	} catch ( Exception $problem ) {
		return $problem->getMessage();
	}
	return '';
}

/** What the block offers. */
function mod_chatws_field_rooms() {
	printf(
		'<textarea class="regular-text code" rows="4" id="%1$s" name="%2$s" aria-describedby="%1$s-help">%3$s</textarea>',
		'mod-chatws-rooms',
		esc_attr( MOD_CHATWS_OPTION . '[rooms]' ),
		esc_textarea( implode( "\n", mod_chatws_options()['rooms'] ) )
	);
	mod_chatws_help( 'rooms', __( 'One a line: the block offers these.', 'mod-chatws' ) );
}

/** What each role may do. */
function mod_chatws_field_roles() {
	$given  = mod_chatws_options()['roles'];
	$labels = array(
		'moderator' => __( 'Moderator', 'mod-chatws' ),
		'speaker'   => __( 'May write', 'mod-chatws' ),
		''          => __( 'As the web server says', 'mod-chatws' ),
		'reader'    => __( 'May only read', 'mod-chatws' ),
	);

	echo '<table role="presentation">';
	foreach ( wp_roles()->role_names as $role => $name ) {
		printf(
			'<tr><td><label for="%1$s">%2$s</label></td><td><select id="%1$s" name="%3$s">',
			esc_attr( "mod-chatws-role-$role" ),
			esc_html( translate_user_role( $name ) ),
			esc_attr( MOD_CHATWS_OPTION . "[roles][$role]" )
		);
		foreach ( $labels as $right => $label ) {
			printf(
				'<option value="%s"%s>%s</option>',
				esc_attr( $right ),
				selected( $given[ $role ] ?? '', $right, false ),
				esc_html( $label )
			);
		}
		echo '</select></td></tr>';
	}
	echo '</table>';
	printf(
		'<p class="description">%s</p>',
		esc_html__( 'A user with several roles has the strongest right. A change holds within an hour.', 'mod-chatws' )
	);
}

/**
 * A link to the settings in the list of plugins.
 *
 * @param string[] $links The links.
 * @return string[]
 */
function mod_chatws_links( $links ) {
	array_unshift(
		$links,
		sprintf(
			'<a href="%s">%s</a>',
			esc_url( admin_url( 'options-general.php?page=' . MOD_CHATWS_PAGE ) ),
			esc_html__( 'Settings', 'mod-chatws' )
		)
	);
	return $links;
}
add_filter( 'plugin_action_links_' . plugin_basename( MOD_CHATWS_FILE ), 'mod_chatws_links' );
