#define _GNU_SOURCE
#include "crystal.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double tau_of(const struct crystal *x, double t)
{
	double tau = t - x->epoch;
	for (int i = 0; i < x->nfault; i++) {
		const struct fault *f = &x->fault[i];
		if (f->kind != STALL || t <= x->epoch + f->at)
			continue;
		double in = t - (x->epoch + f->at);
		tau -= in < f->len ? in : f->len;
	}
	return tau;
}

static double t_of_tau(const struct crystal *x, double tau)
{
	double t = tau + x->epoch;
	/* stalls are sorted by time; a frame due inside a stall comes out at its end */
	for (int i = 0; i < x->nfault; i++) {
		const struct fault *f = &x->fault[i];
		if (f->kind == STALL && t > x->epoch + f->at)
			t += f->len;
	}
	return t;
}

double phase_at(const struct crystal *x, double t)
{
	double tau = tau_of(x, t), p = tau * (1.0 + x->ppm * 1e-6);
	if (x->wander_ppm != 0 && x->wander_s > 0)
		p += x->wander_ppm * 1e-6 * x->wander_s / (2 * M_PI) *
		     (1 - cos(2 * M_PI * tau / x->wander_s));
	return p;
}

double time_at(const struct crystal *x, double phase)
{
	double tau = phase / (1.0 + x->ppm * 1e-6);
	if (x->wander_ppm != 0 && x->wander_s > 0)
		for (int i = 0; i < 6; i++) {
			double p = tau * (1.0 + x->ppm * 1e-6) + x->wander_ppm * 1e-6 * x->wander_s /
				   (2 * M_PI) * (1 - cos(2 * M_PI * tau / x->wander_s));
			double d = 1.0 + x->ppm * 1e-6 +
				   x->wander_ppm * 1e-6 * sin(2 * M_PI * tau / x->wander_s);
			tau -= (p - phase) / d;
		}
	return t_of_tau(x, tau);
}

int vanished(const struct crystal *x, double t)
{
	for (int i = 0; i < x->nfault; i++)
		if (x->fault[i].kind == VANISH && t >= x->epoch + x->fault[i].at &&
		    t < x->epoch + x->fault[i].at + x->fault[i].len)
			return 1;
	return 0;
}

static int cmp_fault(const void *a, const void *b)
{
	double d = ((const struct fault *)a)->at - ((const struct fault *)b)->at;
	return (d > 0) - (d < 0);
}

/* "stall@300:0.5 vanish@360:20" : seconds after the epoch, length in seconds */
int parse_faults(struct crystal *x, const char *s)
{
	char *dup = strdup(s), *sv = NULL;
	for (char *w = strtok_r(dup, " ,;", &sv); w; w = strtok_r(NULL, " ,;", &sv)) {
		struct fault f;
		if (x->nfault >= MAX_FAULT)
			break;
		if (sscanf(w, "stall@%lf:%lf", &f.at, &f.len) == 2)
			f.kind = STALL;
		else if (sscanf(w, "vanish@%lf:%lf", &f.at, &f.len) == 2)
			f.kind = VANISH;
		else {
			free(dup);
			return -EINVAL;
		}
		x->fault[x->nfault++] = f;
	}
	free(dup);
	qsort(x->fault, x->nfault, sizeof x->fault[0], cmp_fault);
	return 0;
}
