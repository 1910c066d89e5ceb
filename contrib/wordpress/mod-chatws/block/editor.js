/* The block in the editor: which room, how high, and its title. The room itself
 * is shown in the page only. */
( function ( wp ) {
	'use strict';

	var el = wp.element.createElement;
	var __ = wp.i18n.__;
	var sprintf = wp.i18n.sprintf;
	var TextControl = wp.components.TextControl;
	var rooms = ( window.modChatws && window.modChatws.rooms ) || [];

	function field( props, name, label, help, more ) {
		return el( TextControl, Object.assign( {
			label: label,
			help: help,
			value: props.attributes[ name ],
			onChange: function ( value ) {
				var change = {};

				change[ name ] = value;
				props.setAttributes( change );
			},
		}, more ) );
	}

	function Edit( props ) {
		return el( 'div', wp.blockEditor.useBlockProps(),
			el( wp.blockEditor.InspectorControls, null,
				el( wp.components.PanelBody, { title: __( 'Chat room', 'mod-chatws' ) },
					field( props, 'room', __( 'Room', 'mod-chatws' ),
						__( 'Its name is the last part of its address.', 'mod-chatws' ),
						{ list: 'mod-chatws-rooms' } ),
					el( 'datalist', { id: 'mod-chatws-rooms' }, rooms.map( function ( room ) {
						return el( 'option', { key: room, value: room } );
					} ) ),
					field( props, 'label', __( 'Title', 'mod-chatws' ),
						__( 'Empty: the name of the room.', 'mod-chatws' ) ),
					field( props, 'height', __( 'Height', 'mod-chatws' ),
						__( 'For example 30rem or 60vh.', 'mod-chatws' ) )
				)
			),
			el( wp.components.Placeholder, {
				icon: 'format-chat',
				label: props.attributes.label || __( 'Chat room', 'mod-chatws' ),
				/* translators: %s: the name of a room. */
				instructions: sprintf( __( 'The room "%s" is shown here.', 'mod-chatws' ), props.attributes.room ),
			} )
		);
	}

	wp.blocks.registerBlockType( 'mod-chatws/room', {
		edit: Edit,
		save: function () {
			return null;
		},
	} );
}( window.wp ) );
