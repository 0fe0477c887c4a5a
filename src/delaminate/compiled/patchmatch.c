/* The compiled core of the content-aware fill: patch distances, search, vote and start of PatchMatch completion
   (Barnes et al. 2009; Wexler, Shechtman and Irani 2007). stages/inpainting/numpy_core.py does the same in numpy.

   A picture is int16, height x width x 4. A pixel is named by its flat position row * width + column. Distances are
   sums of integers, so that no machine and no compiler can order them differently; the vote's floats are added in a
   fixed order. Every function works on the items [start, stop) and writes to those only. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#else
#define EXPORT
#endif

enum { RADIUS = 3, SIDE = 2 * RADIUS + 1, AREA = SIDE * SIDE, CHANNELS = 4, ROW = SIDE * CHANNELS, STEPS = 1024, UNIT = 64 };

/* Mirrors field.py: Struct. Patches that touch unknown pixels ("targets"), and where each was found ("sources"). */
typedef struct {
    const int16_t *picture;
    const uint8_t *valid;    /* 1 where a whole patch may serve as a source; 0 within RADIUS of the border */
    const uint16_t *penalty; /* what a source at that pixel costs beside its distance, in units of UNIT */
    const int32_t *index;    /* number of the target centred at the pixel, or -1 */
    const int32_t *target;   /* positions of the targets, in reading order */
    const float *weight;     /* what a target's vote counts */
    int32_t *source;
    int32_t *cost;
    int32_t height, width;
} field;

static uint32_t hash(uint32_t a, uint32_t b, uint32_t c) {
    uint32_t x = a * 0x9E3779B1u ^ b * 0x85EBCA77u ^ c * 0xC2B2AE3Du;
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    return x ^ x >> 16;
}

/* A draw within [-reach, reach] from one half of a hash. */
static int32_t draw(uint32_t half, int32_t reach) { return (int32_t)(half % (uint32_t)(2 * reach + 1)) - reach; }

/* Lanes of eight 16-bit numbers are what every vector unit multiplies and adds in one step. */
static int32_t row_distance(const int16_t *a, const int16_t *b) {
    int32_t sum = 0;
    for (int i = 0; i < 24; i++) {
        int16_t d = (int16_t)(a[i] - b[i]);
        sum += (int32_t)d * d;
    }
    for (int i = 24; i < ROW; i++) {
        int16_t d = (int16_t)(a[i] - b[i]);
        sum += (int32_t)d * d;
    }
    return sum;
}

/* Sum of squared differences of two patches; once it reaches `limit` the exact value no longer matters. */
static int32_t distance(const int16_t *a, const int16_t *b, ptrdiff_t stride, int32_t limit) {
    int32_t sum = 0;
    for (int j = 0; j < SIDE && sum < limit; j++) sum += row_distance(a + j * stride, b + j * stride);
    return sum;
}

static int32_t penalty(const field *f, int32_t source) { return (int32_t)f->penalty[source] * UNIT; }

static const int16_t *corner(const field *f, int32_t position) {
    return f->picture + ((ptrdiff_t)position - (ptrdiff_t)RADIUS * f->width - RADIUS) * CHANNELS;
}

EXPORT void pm_distances(const field *f, int32_t start, int32_t stop) {
    ptrdiff_t stride = (ptrdiff_t)f->width * CHANNELS;
    for (int32_t k = start; k < stop; k++)
        f->cost[k] = penalty(f, f->source[k]) +
                     distance(corner(f, f->target[k]), corner(f, f->source[k]), stride, INT32_MAX);
}

typedef struct {
    const int16_t *patch;
    int32_t source, cost;
} best;

static int attempt(const field *f, best *b, int32_t source) {
    if (!f->valid[source] || source == b->source) return 0;
    int32_t left = b->cost - penalty(f, source);
    if (left <= 0) return 0;
    int32_t d = distance(b->patch, corner(f, source), (ptrdiff_t)f->width * CHANNELS, left);
    if (d >= left) return 0;
    b->source = source;
    b->cost = d + penalty(f, source);
    return 1;
}

/* One sweep: take over what suits the neighbours, then look around at random in shrinking windows.
   Neighbours outside [start, stop) are read from `before`, the sources before the sweep. */
EXPORT void pm_search(const field *f, int32_t start, int32_t stop, const int32_t *before, uint32_t seed,
                      int32_t backward, int32_t reach) {
    int32_t width = f->width, height = f->height, step = backward ? 1 : -1;
    int32_t neighbours[2] = {step * width, step};
    for (int32_t n = 0; n < stop - start; n++) {
        int32_t k = backward ? stop - 1 - n : start + n;
        int32_t here = f->target[k];
        best b = {corner(f, here), f->source[k], f->cost[k]};
        for (int q = 0; q < 2; q++) {
            int32_t other = f->index[here + neighbours[q]];
            if (other < 0) continue;
            int32_t known = other >= start && other < stop ? f->source[other] : before[other];
            attempt(f, &b, known - neighbours[q]);
        }
        int32_t y = b.source / width, x = b.source % width;
        uint32_t count = 0;
        for (int32_t window = reach; window >= 1; window /= 2) {
            uint32_t h = hash((uint32_t)k, seed, count++);
            int32_t v = y + draw(h & 0xffffu, window), u = x + draw(h >> 16, window);
            v = v < 0 ? 0 : v >= height ? height - 1 : v;
            u = u < 0 ? 0 : u >= width ? width - 1 : u;
            if (attempt(f, &b, v * width + u)) {
                y = v;
                x = u;
            }
        }
        f->source[k] = b.source;
        f->cost[k] = b.cost;
    }
}

/* How far on the right of a window its columns of targets all have their sources at one distance, `shift`. */
typedef struct {
    int32_t next, columns, shift; /* the column to be looked at next, by its pixel in the window's middle row */
} agreement;

/* Whether all patches over `here` say the colour of one pixel, here + shift; pixels are asked in reading order, none
   within RADIUS of the border. */
static int agreed(const field *f, int32_t here, agreement *a) {
    int32_t width = f->width;
    if (a->next != here + RADIUS) {
        a->next = here - RADIUS;
        a->columns = 0;
    }
    for (; a->next <= here + RADIUS; a->next++) {
        int32_t at = a->next - RADIUS * width, k = f->index[at], shift = k < 0 ? 0 : f->source[k] - at, j = 0;
        for (; j < SIDE && k >= 0 && f->source[k] - at == shift; j++)
            if (j + 1 < SIDE) k = f->index[at += width];
        a->columns = j < SIDE ? 0 : a->columns && shift == a->shift ? a->columns + 1 : 1;
        a->shift = shift;
    }
    return a->columns >= SIDE;
}

/* Each pixel of `where` becomes the weighted mean of what the patches over it say: weight * falloff((cost - least) /
   spread). `colours` is what they say, int16 x 4 like the picture; `falloff` holds exp(-t) for t in steps of 1/64. */
EXPORT void pm_vote(const field *f, int32_t start, int32_t stop, const int16_t *colours, const int32_t *where,
                    const float *falloff, double sharpness, int16_t *out) {
    int32_t width = f->width, height = f->height;
    agreement one = {-1, 0, 0};
    for (int32_t n = start; n < stop; n++) {
        int32_t here = where[n], y = here / width, x = here % width;
        int16_t *o = out + (ptrdiff_t)n * CHANNELS;
        if (y >= RADIUS && x >= RADIUS && y < height - RADIUS && x < width - RADIUS && agreed(f, here, &one)) {
            memcpy(o, colours + (ptrdiff_t)(here + one.shift) * CHANNELS, CHANNELS * sizeof *o);
            continue;
        }
        int32_t top = y < RADIUS ? -y : -RADIUS, bottom = y + RADIUS >= height ? height - 1 - y : RADIUS;
        int32_t left = x < RADIUS ? -x : -RADIUS, right = x + RADIUS >= width ? width - 1 - x : RADIUS;
        int32_t patch[AREA], offset[AREA], count = 0, least = INT32_MAX;
        int64_t total = 0;
        for (int32_t j = top; j <= bottom; j++)
            for (int32_t i = left; i <= right; i++) {
                int32_t k = f->index[here + j * width + i];
                if (k < 0) continue;
                patch[count] = k;
                offset[count++] = j * width + i;
                total += f->cost[k];
                if (f->cost[k] < least) least = f->cost[k];
            }
        if (!count) {
            memcpy(o, colours + (ptrdiff_t)here * CHANNELS, CHANNELS * sizeof *o);
            continue;
        }
        double spread = ((double)total / count - least) * sharpness + 0.05 * least + 1.0;
        float scale = (float)(64.0 / spread);
        float sum[CHANNELS] = {0, 0, 0, 0}, weights = 0;
        for (int32_t m = 0; m < count; m++) {
            int32_t k = patch[m];
            float t = (float)(f->cost[k] - least) * scale;
            if (t >= STEPS - 1) continue;
            float w = f->weight[k] * falloff[(int32_t)t];
            const int16_t *s = colours + (ptrdiff_t)(f->source[k] - offset[m]) * CHANNELS;
            for (int c = 0; c < CHANNELS; c++) sum[c] += w * s[c];
            weights += w;
        }
        for (int c = 0; c < CHANNELS; c++) o[c] = (int16_t)((int32_t)(sum[c] / weights + 32768.5f) - 32768);
    }
}

typedef struct {
    int16_t colour[SIDE][ROW], mask[SIDE][ROW]; /* mask: all bits where the pixel is known */
    int32_t known;
} partial;

static void cut(const field *f, const uint8_t *known, int32_t here, partial *p) {
    int32_t y = here / f->width, x = here % f->width;
    memset(p, 0, sizeof *p);
    for (int32_t j = -RADIUS; j <= RADIUS; j++)
        for (int32_t i = -RADIUS; i <= RADIUS; i++) {
            if (y + j < 0 || y + j >= f->height || x + i < 0 || x + i >= f->width) continue;
            int32_t there = here + j * f->width + i;
            if (!known[there]) continue;
            p->known++;
            for (int c = 0; c < CHANNELS; c++) {
                int32_t at = (i + RADIUS) * CHANNELS + c;
                p->colour[j + RADIUS][at] = f->picture[(ptrdiff_t)there * CHANNELS + c];
                p->mask[j + RADIUS][at] = -1;
            }
        }
}

static int64_t partial_cost(const field *f, const partial *p, int32_t source, int64_t limit) {
    const int16_t *b = corner(f, source);
    int64_t cost = (int64_t)penalty(f, source) * p->known;
    for (int j = 0; j < SIDE && cost < limit; j++, b += (ptrdiff_t)f->width * CHANNELS) {
        int32_t sum = 0;
        for (int i = 0; i < ROW; i++) {
            int16_t d = (int16_t)(p->colour[j][i] - (b[i] & p->mask[j][i]));
            sum += (int32_t)d * d;
        }
        cost += (int64_t)sum * AREA;
    }
    return cost;
}

/* For each pixel of `where` the source whose patch agrees best with what is known around it, tried in this order: what
   continues the neighbours' sources (`origin`, -1 where none), the `samples`, and some draws around the best. */
EXPORT void pm_choose(const field *f, int32_t start, int32_t stop, const int32_t *where, const uint8_t *known,
                      const int32_t *origin, const int32_t *samples, int32_t count, uint32_t seed, int32_t *chosen) {
    int32_t width = f->width, height = f->height;
    for (int32_t n = start; n < stop; n++) {
        int32_t here = where[n], y = here / width, x = here % width, found = -1;
        int64_t least = INT64_MAX;
        partial p;
        cut(f, known, here, &p);
        for (int32_t j = -2; j <= 2; j++)
            for (int32_t i = -2; i <= 2; i++) {
                if (y + j < 0 || y + j >= height || x + i < 0 || x + i >= width) continue;
                int32_t other = origin[here + j * width + i];
                if (other < 0 || !f->valid[other - j * width - i]) continue;
                int64_t cost = partial_cost(f, &p, other - j * width - i, least);
                if (cost < least) {
                    least = cost;
                    found = other - j * width - i;
                }
            }
        for (int32_t t = 0; t < count; t++) {
            int64_t cost = partial_cost(f, &p, samples[t], least);
            if (cost < least) {
                least = cost;
                found = samples[t];
            }
        }
        for (int32_t window = 8, draws = 0; window >= 1; window /= 2)
            for (int32_t t = 0; t < 4; t++) {
                uint32_t h = hash((uint32_t)here, seed, (uint32_t)draws++);
                int32_t v = found / width + draw(h & 0xffffu, window), u = found % width + draw(h >> 16, window);
                if (v < 0 || u < 0 || v >= height || u >= width || !f->valid[v * width + u]) continue;
                int64_t cost = partial_cost(f, &p, v * width + u, least);
                if (cost < least) {
                    least = cost;
                    found = v * width + u;
                }
            }
        chosen[n] = found;
    }
}

/* Bilinear values of a surface (height x width x channels) at places, those beyond its border as on it: `count` values
   of y and x, in cells from the middle of the first. */
EXPORT void pm_between(const float *surface, int32_t height, int32_t width, int32_t channels, const double *y,
                       const double *x, int64_t count, float *out) {
    for (int64_t n = 0; n < count; n++) {
        double row = y[n] < 0 ? 0 : y[n] > height - 1 ? height - 1 : y[n];
        double column = x[n] < 0 ? 0 : x[n] > width - 1 ? width - 1 : x[n];
        int32_t v = (int32_t)(float)row, u = (int32_t)(float)column;
        double s = (double)(float)row - v, t = (double)(float)column - u;
        const float *above = surface + ((ptrdiff_t)v * width + u) * channels;
        const float *below = v + 1 < height ? above + (ptrdiff_t)width * channels : above;
        ptrdiff_t right = u + 1 < width ? channels : 0;
        for (int32_t c = 0; c < channels; c++) {
            double upper = above[c] * (1 - t) + above[right + c] * t;
            double lower = below[c] * (1 - t) + below[right + c] * t;
            out[n * channels + c] = (float)(upper * (1 - s) + lower * s);
        }
    }
}
