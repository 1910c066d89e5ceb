<?php
/**
 * What the block's editor needs; written by hand, as there is no build step.
 *
 * @package mod-chatws
 */

return array(
	'dependencies' => array( 'wp-blocks', 'wp-block-editor', 'wp-components', 'wp-element', 'wp-i18n' ),
	'version'      => '1.0.0',
);
