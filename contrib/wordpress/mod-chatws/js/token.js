/* Gives the rooms of the page a function that asks WordPress who the reader is.
 * Only pages for somebody who is logged in have this script. */
( function () {
	'use strict';

	var source = document.currentScript.getAttribute( 'data-token' );

	async function ask() {
		var answer = await fetch( source, { credentials: 'same-origin', cache: 'no-store' } );

		if ( ! answer.ok ) {
			throw new Error( 'no token: ' + answer.status );
		}
		return answer.text();
	}

	function give( root ) {
		root.querySelectorAll( 'chat-room, chat-launcher' ).forEach( function ( room ) {
			room.token = ask;
		} );
	}

	give( document );
	document.addEventListener( 'DOMContentLoaded', function () {
		give( document );
	} );
}() );
