double slope(double V) { return -0.1 * (V + 70); }
