import { ok } from "../answer";
import { openLocations } from "./changes";
import { listAnswer } from "../lists";
import { byId } from "../names";
import { Route } from "../routes";

/** A place for servers, as the API shows it. */
export interface Location {
  id: number;
  name: string;
  description: string;
  country: string;
  city: string;
  latitude: number;
  longitude: number;
  network_zone: string;
}

const location = (
  id: number,
  name: string,
  description: string,
  country: string,
  city: string,
  [latitude, longitude]: [number, number],
  network_zone: string,
): Location => ({ id, name, description, country, city, latitude, longitude, network_zone });

export const LOCATIONS: Location[] = [
  location(1, "fsn1", "Falkenstein DC Park 1", "DE", "Falkenstein", [50.47612, 12.370071], "eu-central"),
  location(2, "nbg1", "Nuremberg DC Park 1", "DE", "Nuremberg", [49.452102, 11.076665], "eu-central"),
  location(3, "hel1", "Helsinki DC Park 1", "FI", "Helsinki", [60.169855, 24.938379], "eu-central"),
  location(4, "ash", "Ashburn, VA", "US", "Ashburn, VA", [39.045821, -77.487073], "us-east"),
  location(5, "hil", "Hillsboro, OR", "US", "Hillsboro, OR", [45.54222, -122.951924], "us-west"),
  location(6, "sin", "Singapore", "SG", "Singapore", [1.283333, 103.833333], "ap-southeast"),
];

/** A location by id or name. */
export const findLocation = (idOrName: string): Location | undefined =>
  LOCATIONS.find(({ id, name }) => name === idOrName || String(id) === idOrName);

export const locationRoutes: Route[] = [
  {
    method: "GET",
    path: "/locations",
    handle: ({ state }, request) => listAnswer(request, "locations", openLocations(state)),
  },
  {
    method: "GET",
    path: "/locations/{id}",
    handle: ({ state }, { ids }) => ok({ location: byId(openLocations(state), ids.id, "location") }),
  },
];
