/// A day of the Gregorian calendar.
struct CalendarDay: Sendable, Equatable {
  let year: Int
  /// From 1.
  let month: Int
  /// Of the month, from 1.
  let day: Int
  /// From 0 for Sunday.
  let weekday: Int

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October",
    "November", "December",
  ]
  private static let weekdays = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]

  var monthName: String { Self.months[month - 1] }
  var weekdayName: String { Self.weekdays[weekday] }

  /// The date as ISO 8601 has it.
  var iso8601: String { "\(year)-\(twoDigits(month))-\(twoDigits(day))" }

  /// All days of some years, from 1970 on.
  static func all(in years: ClosedRange<Int>) -> [CalendarDay] {
    var days: [CalendarDay] = []
    // 1 January 1970 was a Thursday.
    var weekday = 4
    for year in 1970...years.upperBound {
      for month in 1...12 {
        for day in 1...dayCount(year: year, month: month) {
          if years.contains(year) {
            days.append(CalendarDay(year: year, month: month, day: day, weekday: weekday))
          }
          weekday = (weekday + 1) % 7
        }
      }
    }
    return days
  }

  private static func dayCount(year: Int, month: Int) -> Int {
    switch month {
    case 2:
      year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

/// A number below 100, with a zero before it where it has one digit.
func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
