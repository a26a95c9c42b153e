import { ApiError } from "./api-error";
import { Route } from "./routes";

const gone: Route["handle"] = () => {
  throw new ApiError("deprecated_api_endpoint", "data centers were removed, use locations", {
    announcement: "https://docs.hetzner.cloud/changelog#2025-12-16-phasing-out-datacenters",
  });
};

/** What the API took out after 2026-10-01. */
export const goneRoutes: Route[] = [
  { method: "GET", path: "/datacenters", handle: gone },
  { method: "GET", path: "/datacenters/{id}", handle: gone },
];
