/*
 * The fields of a device in asound.conf; README.md lists them.
 */
#define _GNU_SOURCE
#include "lab.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* numeric fields: name, where it goes, what it is multiplied by */
struct number { const char *id; double *to, unit; };
struct whole { const char *id; int *to; };

static double read_epoch(const char *dir)
{
	char p[512];
	double v;
	snprintf(p, sizeof p, "%s/epoch", dir);
	FILE *f = fopen(p, "re");
	if (f) {
		int ok = fscanf(f, "%lf", &v) == 1;
		fclose(f);
		if (ok)
			return v;
	}
	return now_raw();
}

/* "S16_LE S32_LE" or "44100 48000", at most 8 words */
static unsigned read_list(const char *s, unsigned out[8], unsigned (*parse)(const char *))
{
	char *dup = strdup(s), *sv = NULL;
	unsigned n = 0;
	for (char *w = strtok_r(dup, " ,", &sv); w && n < 8; w = strtok_r(NULL, " ,", &sv)) {
		unsigned v = parse(w);
		if (v != ~0u)
			out[n++] = v;
	}
	free(dup);
	return n;
}

static unsigned parse_rate(const char *w) { return (unsigned)atoi(w); }

static unsigned parse_format(const char *w)
{
	snd_pcm_format_t f = snd_pcm_format_value(w);
	return f == SND_PCM_FORMAT_UNKNOWN ? ~0u : (unsigned)f;
}

/* name:gain:flight_ms[:echo_gain:echo_ms] ... */
static void read_mic(lab_t *l, const char *s)
{
	char *dup = strdup(s), *sv = NULL;
	for (char *w = strtok_r(dup, " ", &sv); w && l->nmic < MAX_SRC; w = strtok_r(NULL, " ", &sv)) {
		struct mic_src *m = &l->mic[l->nmic];
		if (sscanf(w, "%63[^:]:%lf:%lf:%lf:%lf", m->name, &m->gain, &m->delay, &m->echo_gain, &m->echo_delay) >= 3) {
			m->delay *= 1e-3;
			m->echo_delay *= 1e-3;
			l->nmic++;
		}
	}
	free(dup);
}

/* 1 = taken, 0 = not a text field, < 0 = malformed */
static int read_text(lab_t *l, const char *id, const char *s, int dir_is_set, struct limits *lim)
{
	if (!strcmp(id, "name"))
		snprintf(l->name, sizeof l->name, "%s", s);
	else if (!strcmp(id, "dir")) {
		if (!dir_is_set)
			snprintf(l->dir, sizeof l->dir, "%s", s);
	} else if (!strcmp(id, "source"))
		snprintf(l->source, sizeof l->source, "%s", s);
	else if (!strcmp(id, "fault")) {
		if (parse_faults(&l->x, s) < 0) {
			SNDERR("lab: bad fault '%s'", s);
			return -EINVAL;
		}
	} else if (!strcmp(id, "mic"))
		read_mic(l, s);
	else if (!strcmp(id, "formats"))
		lim->nformats = read_list(s, lim->formats, parse_format);
	else if (!strcmp(id, "rates"))
		lim->nrates = read_list(s, lim->rates, parse_rate);
	else
		return 0;
	return 1;
}

static int read_number(snd_config_t *n, const char *id, const struct number *numbers, const struct whole *wholes)
{
	double d;
	if (snd_config_get_ireal(n, &d) < 0)
		return -EINVAL;
	for (; numbers->id; numbers++)
		if (!strcmp(id, numbers->id)) {
			*numbers->to = d * numbers->unit;
			return 0;
		}
	for (; wholes->id; wholes++)
		if (!strcmp(id, wholes->id)) {
			*wholes->to = (int)d;
			return 0;
		}
	return -EINVAL;
}

/* fills the device and its limits; 0 or -EINVAL */
int read_config(lab_t *l, const char *name, snd_config_t *conf, snd_pcm_stream_t stream, struct limits *lim)
{
	snd_config_iterator_t i, next;
	const char *env = getenv("LAB_DIR");
	int channels = 2, mask = ~0;
	*lim = (struct limits){ .buffer_max = 0.5, .buffer_min = 0.002, .period_min = 0.001, .rates = { 48000 }, .nrates = 1,
		.formats = { SND_PCM_FORMAT_S16_LE, SND_PCM_FORMAT_S32_LE }, .nformats = 2 };
	l->report_latency = 1;
	l->source_at = -1;
	l->gran = 0.001;
	snprintf(l->dir, sizeof l->dir, "%s", env ? env : ".");
	snprintf(l->name, sizeof l->name, "%s", name ? name : "lab");
	const struct number numbers[] = {
		{ "ppm", &l->x.ppm, 1 }, { "wander_ppm", &l->x.wander_ppm, 1 }, { "wander_s", &l->x.wander_s, 1 },
		{ "latency_ms", &l->latency, 1e-3 }, { "gran_ms", &l->gran, 1e-3 }, { "jitter_ms", &l->jitter, 1e-3 },
		{ "start_delay_ms", &l->start_delay, 1e-3 }, { "start_jitter_ms", &l->start_jitter, 1e-3 },
		{ "buffer_max_ms", &lim->buffer_max, 1e-3 }, { "buffer_min_ms", &lim->buffer_min, 1e-3 },
		{ "period_min_ms", &lim->period_min, 1e-3 }, { "source_at", &l->source_at, 1 },
		{ "mic_noise", &l->mic_noise, 1 }, { NULL, NULL, 0 } };
	const struct whole wholes[] = {
		{ "report_latency", &l->report_latency }, { "fine_delay", &l->fine_delay }, { "live", &l->live_on },
		{ "rec_mask", &mask }, { "channels", &channels }, { NULL, NULL } };
	snd_config_for_each(i, next, conf) {
		snd_config_t *n = snd_config_iterator_entry(i);
		const char *id, *s;
		if (snd_config_get_id(n, &id) < 0 || !strcmp(id, "comment") || !strcmp(id, "type") || !strcmp(id, "hint"))
			continue;
		int taken = snd_config_get_string(n, &s) < 0 ? 0 : read_text(l, id, s, env != NULL, lim);
		if (taken < 0)
			return taken;
		if (!taken && read_number(n, id, numbers, wholes) < 0) {
			SNDERR("lab: unknown or malformed field %s", id);
			return -EINVAL;
		}
	}
	if (stream == SND_PCM_STREAM_PLAYBACK)
		l->nmic = 0;
	if (!lim->nformats || !lim->nrates || channels < 1) {
		SNDERR("lab: %s needs a known format, a rate and a channel", l->name);
		return -EINVAL;
	}
	lim->channels = (unsigned)channels;
	l->rec_mask = (unsigned)mask;
	l->x.epoch = read_epoch(l->dir);
	for (const char *c = l->name; *c; c++)
		l->rng = l->rng * 31 + *c;
	l->rng ^= (unsigned)(now_raw() * 1e6);
	return 0;
}
