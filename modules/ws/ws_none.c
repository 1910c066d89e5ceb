/* ws_none.c - ws_inflate.h and ws_deflate.h without zlib: nobody comes here,
 * because ChatCompression is off then (httpd_parse_compression).
 */
#include "ws/ws_deflate.h"
#include "ws/ws_inflate.h"

ws_inflater *ws_inflate_create(void)
{
    return NULL;
}

void ws_inflate_destroy(ws_inflater *inflater)
{
    (void)inflater;
}

ws_inflate_result ws_inflate_message(ws_inflater *inflater,
                                     const unsigned char *data, size_t size,
                                     size_t most, const unsigned char **out,
                                     size_t *out_size)
{
    (void)inflater;
    (void)most;
    *out = data;
    *out_size = size;
    return WS_INFLATE_BAD;
}

void ws_inflate_tidy(ws_inflater *inflater)
{
    (void)inflater;
}

uint64_t ws_inflate_spent(const ws_inflater *inflater)
{
    (void)inflater;
    return 0;
}

ws_deflater *ws_deflate_create(unsigned window_bits)
{
    (void)window_bits;
    return NULL;
}

void ws_deflate_destroy(ws_deflater *deflater)
{
    (void)deflater;
}

size_t ws_deflate_message(ws_deflater *deflater, const unsigned char *data,
                          size_t size, unsigned char *out)
{
    (void)deflater;
    (void)data;
    (void)size;
    (void)out;
    return 0;
}
