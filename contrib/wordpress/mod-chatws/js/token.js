/* Gives the rooms of the page a function that asks WordPress who the reader is.
 * Only pages for somebody who is logged in have this script. */
( function () {
	'use strict';

	async function ask( source ) {
		var answer = await fetch( source, { credentials: 'same-origin', cache: 'no-store' } );

		if ( ! answer.ok ) {
			throw new Error( 'no token: ' + answer.status );
		}
		return answer.text();
	}

	function give() {
		document.querySelectorAll( 'chat-room[data-token]' ).forEach( function ( room ) {
			var source = room.getAttribute( 'data-token' );

			room.removeAttribute( 'data-token' ); /* once */
			room.token = function () {
				return ask( source );
			};
		} );
	}

	give();
	document.addEventListener( 'DOMContentLoaded', give );
}() );
