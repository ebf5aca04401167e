/*
 * The crystal of a device: time to phase and back, and the faults written into its life.
 * Everything here is a pure function of its arguments; times are seconds of the lab's clock,
 * phases are seconds of device time.
 */
#ifndef LAB_CRYSTAL_H
#define LAB_CRYSTAL_H

#define MAX_FAULT 16

enum fault_kind { STALL, VANISH };
struct fault { enum fault_kind kind; double at, len; };

struct crystal {
	double ppm, wander_ppm, wander_s, epoch;
	int nfault;
	struct fault fault[MAX_FAULT];
};

/* device time at `t`, wander and stalls included */
double phase_at(const struct crystal *x, double t);
/* when the device is at `phase`: the inverse, by Newton steps where it wanders */
double time_at(const struct crystal *x, double phase);
/* is the device unplugged at `t`? */
int vanished(const struct crystal *x, double t);
/* reads "stall@300:0.5 vanish@360:20" (seconds after the epoch, length); -EINVAL when malformed */
int parse_faults(struct crystal *x, const char *s);

#endif
